// A store that is away for a moment costs its callers a moment; one that refuses is not asked
// again.
#include "adapters/retry/retrying_store.h"

#include <vector>

#include <gtest/gtest.h>

#include "fakes/memory_store.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

// Time passes only when somebody waits.
class WaitingClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall() const override { return {}; }
  void wait_until(TimePoint deadline) override {
    waits.push_back(deadline - now_);
    now_ = deadline;
  }

  std::vector<Duration> waits;

 private:
  TimePoint now_{std::chrono::hours(1)};
};

// Remembers the deadline that a try was given.
class DeadlineStore : public Store {
 public:
  std::optional<std::string> get(const std::string&, std::uint64_t, TimePoint by) override {
    return note(by), std::nullopt;
  }
  CreateOutcome create(const std::string&, std::string_view, TimePoint by) override {
    return note(by), CreateOutcome::created;
  }
  void put(const std::string&, std::string_view, const Sha256Digest&, TimePoint by) override {
    note(by);
  }
  void upload(const std::string&, const std::filesystem::path&, std::uint64_t, const Sha256Digest&,
              TimePoint by) override {
    note(by);
  }
  Holding holds(const std::string&, std::uint64_t, const Sha256Digest&, TimePoint by) override {
    return note(by), Holding::equal;
  }
  std::optional<std::string> get_range(const std::string&, std::uint64_t, std::uint64_t,
                                       TimePoint by) override {
    return note(by), std::nullopt;
  }
  bool copy(const std::string&, const std::string&, std::uint64_t, TimePoint by) override {
    return note(by), true;
  }
  void remove(const std::string&, TimePoint by) override { note(by); }
  std::vector<ObjectEntry> list(const std::string&, const std::string&, std::size_t,
                                TimePoint by) override {
    return note(by), std::vector<ObjectEntry>();
  }
  std::vector<std::string> list_folders(const std::string&, const std::string&, std::size_t,
                                        TimePoint by) override {
    return note(by), std::vector<std::string>();
  }
  std::vector<UnfinishedUpload> unfinished_uploads(const std::string&, std::size_t,
                                                   TimePoint by) override {
    return note(by), std::vector<UnfinishedUpload>();
  }
  void abandon(const UnfinishedUpload&, TimePoint by) override { note(by); }

  TimePoint deadline;

 private:
  void note(TimePoint by) { deadline = by; }
};

class RetryingStoreTest : public testing::Test {
 protected:
  TimePoint in(Duration time) const { return clock_.now() + time; }

  WaitingClock clock_;
  MemoryStore inner_;
  RetryingStore store_{inner_, clock_, Random(1)};
};

TEST_F(RetryingStoreTest, ACallThatWorksIsMadeOnce) {
  EXPECT_EQ(store_.create("a", "x", in(1min)), CreateOutcome::created);
  EXPECT_EQ(inner_.calls(MemoryStore::Call::create), 1u);
  EXPECT_TRUE(clock_.waits.empty());
}

TEST_F(RetryingStoreTest, WhatIsUnavailableIsAskedAgainUntilItIsThere) {
  inner_.fail_next(5);
  EXPECT_EQ(store_.create("a", "x", in(10min)), CreateOutcome::created);
  EXPECT_EQ(inner_.calls(MemoryStore::Call::create), 6u);
}

TEST_F(RetryingStoreTest, ACreateWhoseAnswerWasLostIsToldThatTheKeyExists) {
  inner_.lose_next_answer();
  EXPECT_EQ(store_.create("a", "x", in(1min)), CreateOutcome::exists);
  EXPECT_EQ(store_.get("a", 10, in(1min)), "x");
}

TEST_F(RetryingStoreTest, AtTheDeadlineTheLastErrorIsThrownWithTheNumberOfTries) {
  inner_.go_away();
  const TimePoint deadline = in(1min);
  try {
    static_cast<void>(store_.get("a", 10, deadline));
    FAIL() << "it came back without an answer";
  } catch (const Error& error) {
    EXPECT_TRUE(error.may_work_later());
    const auto tries = inner_.calls(MemoryStore::Call::get);
    EXPECT_NE(std::string(error.what())
                  .find("told to fail at 'a' (tried " + std::to_string(tries) + " times)"),
              std::string::npos);
    EXPECT_GT(tries, 10u);
    EXPECT_LT(tries, 120u);
  }
  EXPECT_LT(clock_.now(), deadline);
}

TEST_F(RetryingStoreTest, WaitsGrowAtRandomUpToTheirLimit) {
  inner_.go_away();
  EXPECT_THROW(static_cast<void>(store_.get("a", 10, in(30min))), Error);
  ASSERT_GT(clock_.waits.size(), 100u);
  Duration longest{0};
  Duration sum_late{0};
  for (std::size_t i = 0; i < clock_.waits.size(); ++i) {
    const Duration limit =
        i < 6 ? RetryingStore::kFirstWaitMax * (1 << i) : RetryingStore::kWaitMax;
    EXPECT_LE(clock_.waits[i], limit);
    longest = std::max(longest, clock_.waits[i]);
    if (i >= 10) sum_late += clock_.waits[i];
  }
  EXPECT_GT(longest, RetryingStore::kWaitMax * 8 / 10);
  const Duration mean = sum_late / static_cast<int>(clock_.waits.size() - 10);
  EXPECT_GT(mean, RetryingStore::kWaitMax * 4 / 10);
  EXPECT_LT(mean, RetryingStore::kWaitMax * 6 / 10);
}

// R2 takes one write a second to one key.
TEST_F(RetryingStoreTest, AStoreThatIsAskedTooOftenIsLeftAloneForASecond) {
  class BusyStore final : public DeadlineStore {
   public:
    void put(const std::string&, std::string_view, const Sha256Digest&, TimePoint) override {
      if (++calls < 4) throw StoreBusy("429");
    }
    int calls = 0;
  };
  BusyStore busy;
  RetryingStore store(busy, clock_, Random(1));
  store.put("a", "x", sha256("x"), in(1min));
  EXPECT_EQ(busy.calls, 4);
  ASSERT_EQ(clock_.waits.size(), 3u);
  for (const Duration wait : clock_.waits) EXPECT_GE(wait, 1s);
}

TEST_F(RetryingStoreTest, WhatIsRejectedOrCorruptIsNotAskedAgain) {
  EXPECT_THROW(store_.put("", "x", sha256("x"), in(1min)), Error);
  EXPECT_THROW(store_.put("a", "x", sha256("y"), in(1min)), Error);
  EXPECT_EQ(inner_.calls(MemoryStore::Call::put), 1u);
  EXPECT_TRUE(clock_.waits.empty());
}

TEST_F(RetryingStoreTest, EveryKindOfCallIsRepeated) {
  inner_.fail_next(1);
  store_.put("a", "x", sha256("x"), in(1min));
  inner_.fail_next(1);
  EXPECT_EQ(store_.get("a", 10, in(1min)), "x");
  inner_.fail_next(1);
  EXPECT_TRUE(store_.copy("a", "f/b", 1, in(1min)));
  inner_.fail_next(1);
  EXPECT_EQ(store_.list("", "", 10, in(1min)).size(), 2u);
  inner_.fail_next(1);
  EXPECT_EQ(store_.list_folders("", "", 10, in(1min)).size(), 1u);
  inner_.fail_next(1);
  store_.remove("a", in(1min));
  EXPECT_EQ(inner_.keys(), std::vector<std::string>{"f/b"});
  inner_.leave_unfinished({"a", "id"});
  inner_.fail_next(1);
  EXPECT_EQ(store_.unfinished_uploads("", 10, in(1min)).size(), 1u);
  inner_.fail_next(1);
  store_.abandon({"a", "id"}, in(1min));
  EXPECT_TRUE(store_.unfinished_uploads("", 10, in(1min)).empty());
}

TEST_F(RetryingStoreTest, OneTryGetsTimeForItsBytesButNeverMoreThanThereIs) {
  DeadlineStore slow;
  RetryingStore store(slow, clock_, Random(1));
  const TimePoint far = in(24h);
  static_cast<void>(store.create("a", "x", far));
  EXPECT_EQ(slow.deadline, in(RetryingStore::kTryTime));
  static_cast<void>(store.get("a", 64 << 20, far));
  EXPECT_EQ(slow.deadline, in(RetryingStore::kTryTime + 1024s));
  store.upload("a", "f", std::uint64_t{1} << 60, Sha256Digest(), far);
  EXPECT_EQ(slow.deadline, far);
  static_cast<void>(store.get("a", 10, in(1s)));
  EXPECT_EQ(slow.deadline, in(1s));
  static_cast<void>(store.get("a", 10, TimePoint::max()));
  EXPECT_EQ(slow.deadline, in(RetryingStore::kTryTime));
}

}  // namespace
}  // namespace holdfast
