// How far what is durable lags behind, and when that holds a task back.
#include "worker/durability.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr TimePoint kBegin{std::chrono::hours(7)};
constexpr Durability::Line kSlow{true, true};

Durability started(Duration lag_max) {
  Durability durability(lag_max);
  durability.started(kBegin);
  return durability;
}

TEST(Durability, WithoutACheckpointAllThatTheTaskDidIsUnsaved) {
  const Durability durability = started(0s);
  EXPECT_EQ(durability.unsaved(kBegin + 90s), 90s);
  EXPECT_EQ(durability.instant(), kBegin);
}

TEST(Durability, ACommittedCheckpointSavesWhatItShowsAndNothingThatCameAfter) {
  Durability durability = started(0s);
  durability.committed(kBegin + 60s, durability.ran(kBegin + 60s));
  EXPECT_EQ(durability.unsaved(kBegin + 100s), 40s);
  EXPECT_EQ(durability.instant(), kBegin + 60s);
}

TEST(Durability, StandingStillIsNoWork) {
  Durability durability = started(0s);
  durability.held_back(kBegin + 10s);
  EXPECT_EQ(durability.ran(kBegin + 100s), 10s);
  EXPECT_EQ(durability.let_go(kBegin + 110s), 100s);
  EXPECT_EQ(durability.ran(kBegin + 115s), 15s);
}

TEST(Durability, ATaskIsHeldBackOnceItHasDoneTooMuchThatWaitsForTheLine) {
  const Durability durability = started(5min);
  EXPECT_FALSE(durability.hold_back(kSlow, kBegin + 299s));
  EXPECT_TRUE(durability.hold_back(kSlow, kBegin + 300s));
  EXPECT_EQ(durability.due(kSlow, kBegin + 100s), kBegin + 300s);
}

TEST(Durability, NeitherAnOutageNorALackOfSnapshotsHoldsATaskBack) {
  const Durability durability = started(5min);
  for (const Durability::Line line : {Durability::Line{true, false}, {false, true}}) {
    EXPECT_FALSE(durability.hold_back(line, kBegin + 1h));
    EXPECT_EQ(durability.due(line, kBegin), TimePoint::max());
  }
}

TEST(Durability, WithoutABoundNothingIsHeldBack) {
  const Durability durability = started(0s);
  EXPECT_FALSE(durability.hold_back(kSlow, kBegin + 1000h));
  EXPECT_EQ(durability.due(kSlow, kBegin), TimePoint::max());
}

TEST(Durability, ATaskThatIsHeldStaysSoUntilACommitBringsItBelowTheBound) {
  Durability durability = started(5min);
  durability.held_back(kBegin + 300s);
  EXPECT_TRUE(durability.hold_back(kSlow, kBegin + 1h));
  EXPECT_EQ(durability.due(kSlow, kBegin + 1h), TimePoint::max());
  durability.committed(kBegin + 60s, 60s);
  EXPECT_FALSE(durability.hold_back(kSlow, kBegin + 1h));
}

}  // namespace
}  // namespace holdfast
