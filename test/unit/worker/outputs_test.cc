// A result is stored below its attempt, then published under the names that the user expects.
#include "worker/outputs.h"

#include <fcntl.h>

#include <array>
#include <latch>

#include "../checkpoint/checkpoint_room.h"
#include "core/output_list.h"
#include "ports/forwarding_store.h"
#include "results/stored_outputs.h"

namespace holdfast {
namespace {

class OutputsTest : public CheckpointRoom {
 protected:
  std::optional<StoredResult> store_result(std::uint64_t attempt = 1,
                                           const std::stop_token& stop = {}) {
    return store_outputs(store_, clock_, layout_, {attempt}, work(), named_, {}, stop);
  }
  std::optional<std::string> store_all(std::uint64_t attempt = 1,
                                       const std::stop_token& stop = {}) {
    const auto result = store_result(attempt, stop);
    return result ? std::optional(result->digest) : std::nullopt;
  }
  bool publish(const std::string& digest, std::uint64_t attempt = 1,
               const std::stop_token& stop = {}) {
    return publish_outputs(store_, clock_, layout_, {attempt}, digest, stop);
  }
  std::vector<Output> listed(const std::string& digest, std::uint64_t attempt = 1) {
    std::vector<Output> all;
    StoredOutputs(memory_, clock_, layout_, {attempt}, digest).for_each_page([&](const auto& page) {
      all.insert(all.end(), page.begin(), page.end());
      return true;
    });
    return all;
  }

  NamedResults named_;
};

TEST_F(OutputsTest, WhatIsNamedIsAPartOfTheResult) {
  write("result.txt", "61075");
  const fs::path checkpoint = folder_.path() / "checkpoint";
  fs::create_directories(checkpoint);
  replace_file(checkpoint / "energy.csv", "1");
  named_ = {{"*.csv", "*.log"}, {{checkpoint}}};
  const StoredResult result = store_result().value();
  EXPECT_EQ(result.count, 2u);
  EXPECT_EQ(result.odd.unmatched, std::vector<std::string>{"*.log"});
  EXPECT_TRUE(publish(result.digest));
  EXPECT_EQ(stored("train-7/energy.csv"), "1");
}

TEST_F(OutputsTest, AResultStandsUnderItsPlainNameOnlyOncePublished) {
  write("result.txt", "61075");
  write("plots/a/b.png", std::string("\0\xff", 2));
  write("empty", "");
  const std::string digest = store_all().value();
  EXPECT_TRUE(memory_.get(".holdfast/train-7/attempts/1/outputs/result.txt", 100, kSoon));
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

TEST_F(OutputsTest, AnyNameThatAFileSystemTakesIsPublished) {
  for (const std::string& name :
       {std::string("not\xffutf8"), std::string("new\nline"), std::string("tab\there"),
        std::string("d\x7f") + "el", std::string("log/train.txt"), std::string("job.json"),
        std::string("chunks/1/x"), std::string("50%"), std::string("a%20b"), std::string(255, 'x'),
        std::string(".holdfast/train-7/log/1"), std::string(" "), std::string("a\\b\"c'"),
        std::string(250, 'a') + "/" + std::string(250, 'b') + "/" + std::string(250, 'c') + "/" +
            std::string(250, 'd') + "/e"}) {
    fs::remove_all(work());
    fs::create_directory(work());
    write(name, name);
    const std::string digest = store_all().value();
    EXPECT_TRUE(publish(digest)) << name;
    EXPECT_EQ(stored("train-7/" + name), name);
    ASSERT_EQ(listed(digest).size(), 1u);
    EXPECT_EQ(listed(digest)[0].path, name);
  }
}

// Root may read everything: a file without a first byte it cannot.
TEST_F(OutputsTest, AnOutputThatCannotBeReadIsTheJobsFaultAndNamed) {
  fs::create_symlink("/proc/self/mem", work() / "link");
  try {
    store_all();
    FAIL() << "it was stored";
  } catch (const OutputUnreadable& error) {
    EXPECT_NE(std::string(error.what()).find("link"), std::string::npos) << error.what();
  }
}

TEST_F(OutputsTest, LinksAreFollowedAndThoseThatLeadNowhereAreListed) {
  write("real", "text");
  fs::create_symlink("real", work() / "link");
  fs::create_directories(folder_.path() / "outside/deep");
  write("../outside/deep/found", "elsewhere");
  fs::create_directory_symlink(folder_.path() / "outside", work() / "folder");
  fs::create_symlink("nowhere", work() / "dangling");
  fs::create_symlink("itself", work() / "itself");
  fs::create_directory_symlink(".", work() / "back");
  fs::create_directory_symlink("/", work() / "everything");
  fs::create_directory_symlink("/proc", work() / "kernel");
  fs::create_directory(work() / "empty");
  const auto result = store_result();
  publish(result->digest);
  EXPECT_EQ(stored("train-7/link"), "text");
  EXPECT_EQ(stored("train-7/folder/deep/found"), "elsewhere");
  EXPECT_EQ(result->odd.links,
            (std::vector<std::string>{"back", "dangling", "everything", "itself", "kernel"}));
  std::map<std::string, std::string> others;
  for (const Output& output : listed(result->digest)) {
    if (output.kind != OutputKind::file) {
      others[output.path] = std::string(to_text(output.kind)) + " " + output.target;
    }
  }
  EXPECT_EQ(others, (std::map<std::string, std::string>{{"back", "symlink ."},
                                                        {"dangling", "symlink nowhere"},
                                                        {"empty", "folder "},
                                                        {"everything", "symlink /"},
                                                        {"itself", "symlink itself"},
                                                        {"kernel", "symlink /proc"}}));
}

TEST_F(OutputsTest, WhatIsNoFileIsLeftOutAndTold) {
  write("real", "text");
  ASSERT_EQ(::mkfifo((work() / "pipe").c_str(), 0600), 0);
  const auto result = store_result();
  EXPECT_EQ(result->odd.no_files, std::vector<std::string>{"pipe"});
  EXPECT_EQ(result->count, 1u);
}

TEST_F(OutputsTest, ModeAndTimeOfAFileAreListed) {
  write("run.sh", "#!/bin/sh\n");
  fs::permissions(work() / "run.sh", fs::perms(0750));
  const std::array<timespec, 2> times = {timespec{5, 0}, timespec{1'000'000'000, 7}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (work() / "run.sh").c_str(), times.data(), 0), 0);
  const std::vector<Output> all = listed(store_all().value());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].mode, 0750u);
  EXPECT_EQ(all[0].modified_ns, 1'000'000'000'000'000'007);
}

TEST_F(OutputsTest, AListOfAnyLengthIsStoredInPages) {
  for (std::size_t i = 0; i < 2 * kOutputsPerPage + 1; ++i)
    fs::create_symlink("x", work() / std::to_string(i));
  write("zzz", "last");
  const auto result = store_result();
  EXPECT_EQ(result->count, 2 * kOutputsPerPage + 2);
  EXPECT_EQ(keys_with("/outputs-list/").size(), 3u);
  EXPECT_EQ(listed(result->digest).size(), result->count);
  EXPECT_TRUE(publish(result->digest));
  EXPECT_EQ(stored("train-7/zzz"), "last");
  memory_.damage(keys_with("/outputs-list/")[2], "{}");
  EXPECT_EQ(kind_thrown_by([&] { publish(result->digest); }), ErrorKind::corrupt);
}

TEST_F(OutputsTest, AListOfAnEarlierVersionIsRead) {
  const std::string list = R"({"format":1,"outputs":[{"path":"result.txt","bytes":1,"sha256":")" +
                           sha256("1").hex() + R"("}]})";
  memory_.damage(layout_.attempt_outputs_manifest({1}), list);
  memory_.damage(layout_.attempt_output({1}, "result.txt"), "1");
  EXPECT_TRUE(publish(sha256(list).hex()));
  EXPECT_EQ(stored("train-7/result.txt"), "1");
}

TEST_F(OutputsTest, ADamagedCopyIsNeverPublished) {
  write("result.txt", "good");
  const std::string digest = store_all().value();
  const std::string kept = layout_.attempt_output({1}, "result.txt");
  memory_.damage(kept, "BAD!");
  EXPECT_EQ(kind_thrown_by([&] { publish(digest); }), ErrorKind::corrupt);
  EXPECT_FALSE(memory_.get("train-7/result.txt", 100, kSoon));
  memory_.damage(kept, "good");
  EXPECT_TRUE(publish(digest));
  // Published already: neither a damaged nor a missing copy harms any more.
  memory_.damage(kept, "BAD!");
  EXPECT_TRUE(publish(digest));
  EXPECT_EQ(stored("train-7/result.txt"), "good");
  memory_.remove(kept, kSoon);
  EXPECT_TRUE(publish(digest));
  memory_.damage("train-7/result.txt", "edited by its owner");
  EXPECT_TRUE(publish(digest));
  EXPECT_EQ(stored("train-7/result.txt"), "edited by its owner");
}

TEST_F(OutputsTest, WhatIsPublishedAlreadyIsNotWrittenAgain) {
  write("result.txt", "1");
  const std::string digest = store_all().value();
  publish(digest);
  const std::size_t copies = memory_.calls(MemoryStore::Call::copy);
  publish(digest);
  EXPECT_EQ(memory_.calls(MemoryStore::Call::copy), copies);
}

// The worker was killed between the list and the record: the next attempt has the result.
TEST_F(OutputsTest, AResultThatIsStoredWholeIsAdoptedByALaterAttempt) {
  write("a", "1");
  ASSERT_TRUE(store_all(1));
  fs::remove_all(work());
  EXPECT_FALSE(adopt_outputs(store_, clock_, layout_, {2}, {3}));
  const auto second = adopt_outputs(store_, clock_, layout_, {1}, {2});
  ASSERT_TRUE(second);
  const auto third = adopt_outputs(store_, clock_, layout_, {2}, {3});
  ASSERT_TRUE(third);
  EXPECT_EQ(third->count, 1u);
  EXPECT_TRUE(publish(third->digest, 3));
  EXPECT_EQ(stored("train-7/a"), "1");
}

TEST_F(OutputsTest, OneThatWasNotStoredWholeIsNotAdopted) {
  write("a", "1");
  write("b", "2");
  for (std::size_t calls = 0; calls < 3; ++calls) {
    store_.plan(calls, Fault::refused);
    EXPECT_EQ(kind_thrown_by([&] { store_all(1); }), ErrorKind::unavailable);
    EXPECT_FALSE(adopt_outputs(memory_, clock_, layout_, {1}, {2})) << calls;
  }
}

TEST_F(OutputsTest, SeveralFilesAreUnderWayAtOnce) {
  constexpr int kFiles = 8;
  for (int i = 0; i < kFiles; ++i) write(std::to_string(i), "x");
  // Each waits until all have come: one after the other would never end.
  std::latch all(kFiles);
  store_.before_write = [&](const std::string& key) {
    if (key.find("/outputs/") != std::string::npos) all.arrive_and_wait();
  };
  EXPECT_TRUE(store_all());
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
  memory_.remove(".holdfast/train-7/attempts/1/outputs/result.txt", kSoon);
  EXPECT_EQ(kind_thrown_by([&] { publish(digest); }), ErrorKind::corrupt);
}

TEST_F(OutputsTest, WhatKilledAttemptsWereUploadingIsGivenUpAndNothingElse) {
  write("a", "1");
  memory_.leave_unfinished({layout_.attempt_output({1}, "large"), "first"});
  memory_.leave_unfinished({layout_.attempt_output({3}, "large"), "a zombie knows better"});
  memory_.leave_unfinished({".holdfast/other-job/attempts/1/outputs/large", "another's"});
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
  EXPECT_TRUE(store_outputs(hidden, clock_, layout_, {2}, work(), {}, {}, {}));
}

}  // namespace
}  // namespace holdfast
