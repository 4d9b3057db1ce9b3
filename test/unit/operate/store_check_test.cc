// Everything that a store may lack is found, told with its cure, and nothing stays in the store.
#include "operate/store_check.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "adapters/local/system_clock.h"
#include "core/job.h"
#include "fakes/bad_stores.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "operate/fence_probe.h"

namespace holdfast {
namespace {

// Both of two creates at once may win.
class RacyStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  CreateOutcome create(const std::string& key, std::string_view bytes,
                       TimePoint deadline) override {
    const CreateOutcome outcome = inner_.create(key, bytes, deadline);
    return bytes.starts_with("rival") ? CreateOutcome::created : outcome;
  }
};

class StaleStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  std::vector<ObjectEntry> list(const std::string&, const std::string&, std::size_t,
                                TimePoint) override {
    return {};
  }
  std::optional<std::string> get(const std::string&, std::uint64_t, TimePoint) override {
    return "what stood there before";
  }
};

class KeepingStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void remove(const std::string&, TimePoint) override {
    throw Error(ErrorKind::rejected, "AccessDenied");
  }
};

class NoCopyStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  bool copy(const std::string&, const std::string&, std::uint64_t, TimePoint) override {
    return false;
  }
};

class StoreCheckTest : public testing::Test {
 protected:
  Findings check(Store& store, bool unfenced) {
    return check_store(store, clock_, random_, unfenced, {});
  }

  static const Finding* find(const Findings& findings, const std::string& check) {
    const auto found = std::ranges::find(findings, check, &Finding::check);
    return found == findings.end() ? nullptr : &*found;
  }

  // The only thing that is bad.
  static void expect_bad(const Findings& findings, const std::string& check) {
    for (const Finding& finding : findings) {
      EXPECT_EQ(finding.verdict == Verdict::bad, finding.check == check)
          << finding.check << ": " << finding.text;
      EXPECT_TRUE(finding.verdict != Verdict::bad || !finding.cure.empty()) << finding.check;
    }
    EXPECT_NE(find(findings, check), nullptr) << check;
  }

  SystemClock clock_;
  Random random_{1};
  MemoryStore memory_;
};

TEST_F(StoreCheckTest, AGoodStoreIsFineAndLeftEmpty) {
  const Findings findings = check(memory_, false);
  for (const Finding& finding : findings) {
    EXPECT_LE(finding.verdict, Verdict::note) << finding.check << ": " << finding.text;
  }
  for (const char* wanted :
       {"store.list", "store.write", "store.read", "store.listing", "store.conditional",
        "store.race", "store.copy", "store.parts", "store.remove", "store.speed"}) {
    EXPECT_NE(find(findings, wanted), nullptr) << wanted;
  }
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(StoreCheckTest, AStoreWithoutConditionalWritesIsBadUnlessThatIsKnown) {
  IgnoringStore ignoring(memory_);
  expect_bad(check(ignoring, false), "store.conditional");
  UnknowingStore unknowing(memory_);
  expect_bad(check(unknowing, false), "store.conditional");
  const Findings known = check(unknowing, true);
  EXPECT_FALSE(any_bad(known));
  EXPECT_EQ(find(known, "store.conditional")->verdict, Verdict::warn);
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(StoreCheckTest, TwoWinnersOfARaceAreBad) {
  RacyStore store(memory_);
  expect_bad(check(store, false), "store.race");
}

TEST_F(StoreCheckTest, AKeyThatMayOnlyReadIsToldAsSuchAndNothingElseIsTried) {
  ReadOnlyStore store(memory_);
  const Findings findings = check(store, false);
  expect_bad(findings, "store.write");
  EXPECT_EQ(find(findings, "store.list")->verdict, Verdict::ok);
  EXPECT_NE(find(findings, "store.untried"), nullptr);
  EXPECT_NE(find(findings, "store.write")->cure.find("can only read"), std::string::npos);
}

TEST_F(StoreCheckTest, AStoreThatIsAwayIsOneFinding) {
  memory_.go_away();
  const Findings findings = check(memory_, false);
  expect_bad(findings, "store.list");
}

// Each request has time of its own.
TEST_F(StoreCheckTest, ASlowLineIsNoFaultOfTheStore) {
  class Slow final : public ForwardingStore {
   public:
    Slow(Store& inner, ManualClock& clock) : ForwardingStore(inner), clock_(clock) {}
    void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
             TimePoint deadline) override {
      pass(deadline);
      ForwardingStore::put(key, bytes, digest, deadline);
    }
    std::optional<std::string> get(const std::string& key, std::uint64_t size_bytes_max,
                                   TimePoint deadline) override {
      pass(deadline);
      return ForwardingStore::get(key, size_bytes_max, deadline);
    }

   private:
    void pass(TimePoint deadline) {
      clock_.advance(std::chrono::seconds(15));
      if (clock_.now() > deadline) throw Error(ErrorKind::unavailable, "it took too long");
    }
    ManualClock& clock_;
  };
  ManualClock clock;
  Slow store(memory_, clock);
  EXPECT_FALSE(any_bad(check_store(store, clock, random_, false, {})));
}

TEST_F(StoreCheckTest, WhatFailsAndIsNotRefusedIsNotBlamedOnPermissions) {
  class Failing final : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    void put(const std::string&, std::string_view, const Sha256Digest&, TimePoint) override {
      throw Error(ErrorKind::unavailable, "it took too long");
    }
  } store(memory_);
  const Findings findings = check(store, false);
  expect_bad(findings, "store.write");
  EXPECT_EQ(find(findings, "store.write")->cure.find("s3:PutObject"), std::string::npos);
}

TEST_F(StoreCheckTest, AskedToStopItTriesNothingMoreAndLeavesNothing) {
  std::stop_source stop;
  class Stopping final : public ForwardingStore {
   public:
    Stopping(Store& inner, std::stop_source& stop) : ForwardingStore(inner), stop_(stop) {}
    void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
             TimePoint deadline) override {
      stop_.request_stop();
      ForwardingStore::put(key, bytes, digest, deadline);
    }
    std::stop_source& stop_;
  } store(memory_, stop);
  const Findings findings = check_store(store, clock_, random_, false, stop.get_token());
  EXPECT_EQ(findings.back().check, "store.write");
  EXPECT_TRUE(memory_.keys().empty());
}

TEST_F(StoreCheckTest, AStoreThatIsBehindItselfIsBad) {
  StaleStore store(memory_);
  const Findings findings = check(store, false);
  for (const char* bad : {"store.read", "store.listing", "store.copy", "store.remove"}) {
    EXPECT_EQ(find(findings, bad)->verdict, Verdict::bad) << bad;
  }
}

TEST_F(StoreCheckTest, AStoreThatRemovesOrCopiesNothingIsBad) {
  KeepingStore keeping(memory_);
  expect_bad(check(keeping, false), "store.remove");
  NoCopyStore no_copy(memory_);
  const Findings findings = check(no_copy, false);
  EXPECT_EQ(find(findings, "store.copy")->verdict, Verdict::bad);
  EXPECT_EQ(find(findings, "store.parts")->verdict, Verdict::bad);
}

TEST_F(StoreCheckTest, AnUploadThatIsSaidToBeUnfinishedIsBad) {
  class Unfinished final : public ForwardingStore {
   public:
    using ForwardingStore::ForwardingStore;
    std::vector<UnfinishedUpload> unfinished_uploads(const std::string& prefix, std::size_t,
                                                     TimePoint) override {
      return {{prefix, "1"}};
    }
  } store(memory_);
  expect_bad(check(store, false), "store.parts");
}

TEST_F(StoreCheckTest, AProbeIsNoJob) {
  std::string folder;
  class Watching final : public ForwardingStore {
   public:
    Watching(Store& inner, std::string& folder) : ForwardingStore(inner), folder_(folder) {}
    void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
             TimePoint deadline) override {
      folder_ = key.substr(0, key.find('/'));
      ForwardingStore::put(key, bytes, digest, deadline);
    }
    std::string& folder_;
  } store(memory_, folder);
  static_cast<void>(check(store, false));
  EXPECT_EQ(folder, kProbeFolder);
  EXPECT_FALSE(JobId::parse(folder)) << "status would count it";
}

TEST(JudgeClockTest, OnlyALargeDifferenceIsAWarning) {
  using std::chrono::seconds;
  EXPECT_EQ(judge_clock(seconds(2)).verdict, Verdict::ok);
  EXPECT_EQ(judge_clock(seconds(-239)).verdict, Verdict::ok);
  const Finding behind = judge_clock(seconds(600));
  EXPECT_EQ(behind.verdict, Verdict::warn);
  EXPECT_NE(behind.text.find("600 s behind"), std::string::npos) << behind.text;
  EXPECT_NE(judge_clock(seconds(-600)).text.find("ahead"), std::string::npos);
  EXPECT_EQ(judge_clock(std::nullopt).verdict, Verdict::note);
}

TEST(JudgeRoomTest, AFullDiskIsAWarning) {
  EXPECT_EQ(judge_room(std::uint64_t{100} << 30).verdict, Verdict::ok);
  EXPECT_EQ(judge_room(1 << 20).verdict, Verdict::warn);
}

}  // namespace
}  // namespace holdfast
