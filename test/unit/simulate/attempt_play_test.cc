#include "simulate/attempt_play.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

// Uploads take an hour.
Scenario scenario(double job_hours) {
  Scenario made;
  made.job_length = Hours(job_hours);
  made.checkpoint_bytes = 3600;
  made.uplink = 1;
  return made;
}

Way way(double interval, bool beside) {
  Way made;
  made.interval = Hours(interval);
  made.uploads_beside = beside;
  return made;
}

// Plays it to its end and returns when that is.
double end_of(AttemptPlay& attempt) {
  for (int steps = 0; steps < 1000; ++steps) {
    const double at = attempt.next().at.count();
    if (attempt.carry_out() == AttemptStep::finished) return at;
  }
  ADD_FAILURE() << "it never ends";
  return 0;
}

TEST(AttemptPlay, AnUploadBesideTheTaskCostsItNoTime) {
  const Scenario job = scenario(10);
  const Way ours = way(2, true);
  AttemptPlay attempt(job, ours, 0, Hours(0), Hours(0), Hours(0));
  EXPECT_NEAR(end_of(attempt), 10, 1e-9);
  EXPECT_NEAR(attempt.slowed().count(), 0, 1e-9);
}

TEST(AttemptPlay, ATaskThatUploadsItselfComputesNothingMeanwhile) {
  const Scenario job = scenario(10);
  const Way guides = way(2, false);
  AttemptPlay attempt(job, guides, 0, Hours(0), Hours(0), Hours(0));
  EXPECT_NEAR(end_of(attempt), 14, 1e-9);  // After 2, 4, 6 and 8 hours of work; at 10 it is done.
  EXPECT_NEAR(attempt.slowed().count(), 4, 1e-9);
}

TEST(AttemptPlay, ACheckpointHoldsTheWorkOfItsInstantAndCountsOnceItIsStored) {
  const Scenario job = scenario(10);
  const Way ours = way(2, true);
  AttemptPlay attempt(job, ours, 0, Hours(0), Hours(0), Hours(0));
  EXPECT_EQ(attempt.carry_out(), AttemptStep::snapshot);
  EXPECT_EQ(attempt.carry_out(), AttemptStep::released);
  EXPECT_NEAR(attempt.saved().count(), 0, 1e-9);
  EXPECT_EQ(attempt.carry_out(), AttemptStep::uploaded);
  EXPECT_NEAR(attempt.work().count(), 3, 1e-9);
  EXPECT_NEAR(attempt.saved().count(), 2, 1e-9);
}

TEST(AttemptPlay, OneThatFallsDueDuringAnUploadWaitsForIt) {
  const Scenario job = scenario(10);
  const Way hasty = way(0.25, true);
  AttemptPlay attempt(job, hasty, 0, Hours(0), Hours(0), Hours(0));
  while (attempt.carry_out() != AttemptStep::uploaded) {
  }
  EXPECT_NEAR(attempt.work().count(), 1.25, 1e-9);
  EXPECT_EQ(attempt.carry_out(), AttemptStep::snapshot);
  EXPECT_NEAR(attempt.work().count(), 1.25, 1e-9);
}

TEST(AttemptPlay, ARestoreComesFirstAndAShareOfTheSpeedIsLostToAnUpload) {
  const Scenario job = scenario(10);
  Way ours = way(4, true);
  ours.upload_share = 0.5;
  AttemptPlay attempt(job, ours, 0, Hours(5), Hours(100), Hours(101));
  // From 101 to 105 it does four hours, in the next half an hour's.
  EXPECT_NEAR(end_of(attempt), 106.5, 1e-9);
  EXPECT_NEAR(attempt.restoring().count(), 1, 1e-9);
  EXPECT_NEAR(attempt.slowed().count(), 0.5, 1e-9);
}

}  // namespace
}  // namespace holdfast
