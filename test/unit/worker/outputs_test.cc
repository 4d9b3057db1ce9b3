// A result is stored below its attempt, then published under the names that the user expects.
#include "worker/outputs.h"

#include "../checkpoint/checkpoint_room.h"
#include "core/checkpoint.h"
#include "ports/forwarding_store.h"

namespace holdfast {
namespace {

class OutputsTest : public CheckpointRoom {
 protected:
  FoundOutputs found(std::uint64_t attempt = 1) { return find_outputs(layout_, {attempt}, work()); }
  std::optional<std::string> store_all(std::uint64_t attempt = 1,
                                       const std::stop_token& stop = {}) {
    const FoundOutputs all = found(attempt);
    EXPECT_EQ(all.refused, "");
    return store_outputs(store_, clock_, layout_, {attempt}, work(), all.outputs, stop);
  }
  bool publish(const std::string& digest, std::uint64_t attempt = 1,
               const std::stop_token& stop = {}) {
    return publish_outputs(store_, clock_, layout_, {attempt}, digest, stop);
  }
};

TEST_F(OutputsTest, AResultStandsUnderItsPlainNameOnlyOncePublished) {
  write("result.txt", "61075");
  write("plots/a/b.png", std::string("\0\xff", 2));
  write("empty", "");
  const std::string digest = store_all().value();
  EXPECT_TRUE(memory_.get("train-7/attempts/1/outputs/result.txt", 100, kSoon));
  EXPECT_FALSE(memory_.get("train-7/result.txt", 100, kSoon));

  EXPECT_TRUE(publish(digest));
  EXPECT_EQ(stored("train-7/result.txt"), "61075");
  EXPECT_EQ(stored("train-7/plots/a/b.png"), std::string("\0\xff", 2));
  EXPECT_EQ(stored("train-7/empty"), "");
}

TEST_F(OutputsTest, PublishingTwiceIsHarmless) {
  write("result.txt", "1");
  const std::string digest = store_all().value();
  publish(digest);
  const std::vector<std::string> keys = memory_.keys();
  publish(digest);
  EXPECT_EQ(memory_.keys(), keys);
}

TEST_F(OutputsTest, PublishingThatBrokeOffAnywhereCanBeRepeated) {
  write("a", "1");
  write("b", "2");
  const std::string digest = store_all().value();
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t n = 0; n < 3; ++n) {
      store_.plan(n, fault);
      EXPECT_EQ(kind_thrown_by([&] { publish(digest); }), ErrorKind::unavailable) << n;
    }
  }
  publish(digest);
  EXPECT_EQ(stored("train-7/a") + stored("train-7/b"), "12");
}

TEST_F(OutputsTest, ARepeatedStoringGivesTheSameResult) {
  write("b", "2");
  write("a", "1");
  store_.plan(1, Fault::answer_lost);
  EXPECT_EQ(kind_thrown_by([&] { store_all(); }), ErrorKind::unavailable);
  const auto first = store_all();
  EXPECT_EQ(store_all(), first);
  EXPECT_EQ(store_all(2), first);
}

TEST_F(OutputsTest, NoOutputsAreAResultToo) {
  const std::string digest = store_all().value();
  publish(digest);
  EXPECT_EQ(memory_.keys().size(), 1u);
}

TEST_F(OutputsTest, AnOutputThatWouldHideAnObjectOfOursIsTheJobsFault) {
  for (const char* name : {"log/x", "manifests", "chunks/1/x", "attempts", "job.json"}) {
    fs::remove_all(work());
    fs::create_directory(work());
    write(name, "x");
    EXPECT_NE(found().refused.find(name), std::string::npos) << name;
  }
}

// Rejected would mean that no worker can go on: one job would end the whole fleet.
TEST_F(OutputsTest, AnOutputWhoseNameNoStoreTakesIsTheJobsFault) {
  for (const std::string& name : {std::string("not\xffutf8"), std::string("new\nline"),
                                  std::string("tab\there"), std::string("d\x7f") + "el",
                                  std::string(250, 'a') + "/" + std::string(250, 'b') + "/" +
                                      std::string(250, 'c') + "/" + std::string(250, 'd') + "/e"}) {
    fs::remove_all(work());
    fs::create_directory(work());
    write(name, "x");
    EXPECT_NE(found().refused, "") << name;
  }
}

// Root may read everything: a link that leads to itself and a file without a first byte it cannot.
TEST_F(OutputsTest, AnOutputThatCannotBeReadIsTheJobsFaultAndNamed) {
  for (const char* target : {"link", "/proc/self/mem"}) {
    fs::create_symlink(target, work() / "link");
    EXPECT_NE(found().refused.find("link"), std::string::npos) << target;
    fs::remove(work() / "link");
  }
}

TEST_F(OutputsTest, LinksToFilesBecomeFilesAndOthersAreLeftOut) {
  write("real", "text");
  fs::create_symlink("real", work() / "link");
  fs::create_symlink("nowhere", work() / "dangling");
  fs::create_directory_symlink("/etc", work() / "folder");
  publish(store_all().value());
  EXPECT_EQ(stored("train-7/link"), "text");
  EXPECT_FALSE(memory_.get("train-7/dangling", 100, kSoon));
  EXPECT_TRUE(keys_with("folder").empty());
}

TEST_F(OutputsTest, AListThatIsDamagedGoneOrAnothersIsCorruptAndPublishesNothing) {
  write("result.txt", "1");
  const std::string digest = store_all().value();
  const std::string key = layout_.attempt_outputs_manifest({1});
  const std::string sound = stored(key);
  for (const std::string& damaged : {std::string(), sound + " ", sound.substr(0, 10)}) {
    memory_.damage(key, damaged);
    EXPECT_EQ(kind_thrown_by([&] { publish(digest); }), ErrorKind::corrupt);
  }
  memory_.damage(key, sound);
  EXPECT_EQ(kind_thrown_by([&] { publish(std::string(64, 'a')); }), ErrorKind::corrupt);
  memory_.remove(key, kSoon);
  EXPECT_EQ(kind_thrown_by([&] { publish(digest); }), ErrorKind::corrupt);
  EXPECT_FALSE(memory_.get("train-7/result.txt", 100, kSoon));
}

TEST_F(OutputsTest, AnOutputThatIsGoneFromItsAttemptIsCorrupt) {
  write("result.txt", "1");
  const std::string digest = store_all().value();
  memory_.remove("train-7/attempts/1/outputs/result.txt", kSoon);
  EXPECT_EQ(kind_thrown_by([&] { publish(digest); }), ErrorKind::corrupt);
}

TEST_F(OutputsTest, WhatKilledAttemptsWereUploadingIsGivenUpAndNothingElse) {
  write("a", "1");
  memory_.leave_unfinished({layout_.attempt_output({1}, "large"), "first"});
  memory_.leave_unfinished({layout_.attempt_output({3}, "large"), "a zombie knows better"});
  memory_.leave_unfinished({"other-job/attempts/1/outputs/large", "another's"});
  ASSERT_TRUE(store_all(2));
  const auto left = memory_.unfinished_uploads("", 10, kSoon);
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].id, "a zombie knows better");
  EXPECT_EQ(left[1].id, "another's");
}

TEST_F(OutputsTest, AStopLeavesNoList) {
  write("result.txt", "1");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(store_all(1, stop.get_token()));
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(OutputsTest, AStopPublishesNothingAndItCanBeRepeated) {
  write("result.txt", "1");
  const std::string digest = store_all().value();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(publish(digest, 1, stop.get_token()));
  EXPECT_FALSE(memory_.get("train-7/result.txt", 100, kSoon));
  EXPECT_TRUE(publish(digest));
  EXPECT_EQ(stored("train-7/result.txt"), "1");
}

// A key that may write and not list uploads, a store that has no such request.
TEST_F(OutputsTest, AStoreThatHidesUnfinishedUploadsKeepsNoResultBack) {
  class Hidden final : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    std::vector<UnfinishedUpload> unfinished_uploads(const std::string&, std::size_t,
                                                     TimePoint) override {
      throw Error(ErrorKind::rejected, "access denied");
    }
  };
  write("result.txt", "1");
  Hidden hidden(memory_);
  EXPECT_TRUE(store_outputs(hidden, clock_, layout_, {2}, work(), found(2).outputs, {}));
}

}  // namespace
}  // namespace holdfast
