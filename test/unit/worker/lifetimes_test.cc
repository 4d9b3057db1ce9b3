// What a fleet knows of its interruptions: shared by all, bounded, and of no weight at first.
#include "worker/lifetimes.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "core/interval.h"
#include "fakes/memory_store.h"

namespace holdfast {
namespace {

constexpr TimePoint kFar{std::chrono::hours(1000)};

class LifetimesTest : public testing::Test {
 protected:
  double hours(const std::string& id = "00") {
    using Hours = std::chrono::duration<double, std::ratio<3600>>;
    return Hours(seen_.mean_time(id, kFar)).count();
  }
  std::size_t kept() { return store_.list(layout_.lifetimes_prefix(), "", 10'000, kFar).size(); }

  MemoryStore store_;
  const FleetLayout layout_{"jobs"};
  Lifetimes seen_{store_, layout_};
  Random random_{1};  // Which ones are removed is drawn: a test must not fail by chance.
};

TEST_F(LifetimesTest, AFleetThatHasSeenNothingTakesThePrior) {
  EXPECT_NEAR(hours(), 10, 1e-9);
}

TEST_F(LifetimesTest, WhatWasSeenMovesTheMeanAndNotedTwiceItCountsOnce) {
  seen_.note("aa", {3600, true}, kFar);
  seen_.note("aa", {3600, true}, kFar);
  EXPECT_NEAR(hours(), (20.0 + 1) / 3, 1e-9);
  // One that ended by itself was not interrupted for as long.
  seen_.note("bb", {4 * 3600, false}, kFar);
  EXPECT_NEAR(hours(), (20.0 + 5) / 3, 1e-9);
}

TEST_F(LifetimesTest, AQueueDoesNotLearnFromAnother) {
  Lifetimes(store_, FleetLayout("others")).note("aa", {1, true}, kFar);
  EXPECT_NEAR(hours(), 10, 1e-9);
}

TEST_F(LifetimesTest, ObjectsOfOthersAreSteppedOver) {
  store_.put(layout_.lifetimes_prefix() + "note.txt", "hello", sha256("hello"), kFar);
  EXPECT_NEAR(hours(), 10, 1e-9);
}

TEST_F(LifetimesTest, HoweverManyAreNotedNotManyMoreThanTheBoundAreKept) {
  for (std::size_t i = 0; i < 3 * Lifetimes::kKeptMax; ++i) {
    seen_.note(random_.hex(8), {1800, true}, kFar);
    if (i % 10 == 0) static_cast<void>(hours(random_.hex(8)));
  }
  EXPECT_LE(kept(), Lifetimes::kKeptMax + 10);
  EXPECT_GE(kept(), Lifetimes::kKeptMax - Lifetimes::kRemovedMax);
}

// A cloud changes: what it was like a long time ago must not count for ever.
TEST_F(LifetimesTest, WhatIsOldFadesAway) {
  for (std::size_t i = 0; i < Lifetimes::kKeptMax; ++i) {
    seen_.note(random_.hex(8), {10 * 3600, true}, kFar);
  }
  EXPECT_NEAR(hours(), 10, 0.1);
  for (std::size_t i = 0; i < 4 * Lifetimes::kKeptMax; ++i) {
    seen_.note(random_.hex(8), {3600, true}, kFar);
    static_cast<void>(hours(random_.hex(8)));
  }
  // About one in fifty is left of what was ten hours; of a fifth, the mean would be near three.
  EXPECT_LT(hours(), 2);
}

}  // namespace
}  // namespace holdfast
