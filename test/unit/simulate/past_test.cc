#include "simulate/past.h"

#include <gtest/gtest.h>

#include "simulate/fleet_play.h"

namespace holdfast {
namespace {

constexpr std::int64_t kBegin = 1'795'000'000;
constexpr std::uint64_t kHour = 3'600'000;  // Milliseconds.

// An hour, a checkpoint of 1 GB every ten minutes, each stored after 20 s and held for 3 s.
PastAttempt attempt(std::int64_t claimed, bool interrupted) {
  PastAttempt one;
  one.claimed = claimed;
  one.end = claimed + 3600;
  one.interrupted = interrupted;
  one.completed = !interrupted;
  one.spent.restoring = kHour / 100;
  one.spent.frozen = 5 * 3000;
  one.spent.lost = interrupted ? kHour / 10 : 0;
  one.spent.useful = kHour - one.spent.restoring - one.spent.frozen - one.spent.lost;
  for (std::int64_t i = 1; i <= 5; ++i) {
    const std::int64_t shows = claimed + i * 600;
    one.checkpoints.push_back({shows, shows + 20, 1'000'000'000});
  }
  return one;
}

std::vector<PastAttempt> ten_interrupted_and_ten_completed() {
  std::vector<PastAttempt> all;
  // Two at a time.
  for (int i = 0; i < 20; ++i) all.push_back(attempt(kBegin + i / 2 * 3600, i % 2 == 0));
  return all;
}

TEST(Past, IsWhatTheAttemptsSay) {
  const Past past = past_of(ten_interrupted_and_ten_completed());
  EXPECT_EQ(past.attempts, 20U);
  EXPECT_EQ(past.interruptions, 10U);
  EXPECT_EQ(past.machines_most, 2U);
  EXPECT_NEAR(past.mtbf.count(), 2, 1e-9);
  EXPECT_NEAR(past.interval.count() * 60, 10, 1e-9);
  EXPECT_NEAR(past.held.count() * 3600, 3, 1e-9);
  EXPECT_NEAR(past.upload.count() * 3600, 20, 1e-9);
  EXPECT_NEAR(past.restart.count() * 100, 1, 1e-9);
  EXPECT_NEAR(past.checkpoint_bytes, 1e9, 1);
}

TEST(Past, OfNothingIsTheUsualGuess) {
  const Past past = past_of({});
  EXPECT_EQ(past.interval, Hours(0));
  EXPECT_EQ(past.job_length, Hours(0));
  EXPECT_NEAR(past.mtbf.count(), 10, 1e-9);
}

// Played again as it was, the fleet's goodput is about what its account said.
TEST(Past, PlayedAgainIsAboutWhatItWas) {
  const Past past = past_of(ten_interrupted_and_ten_completed());
  Scenario scenario = scenario_after(past, 500, 0.1);
  scenario.replicas_min = scenario.replicas_max = 20;  // No machine starts or waits.
  const PlayReport report = play(scenario, way_of_the_past(scenario, past));
  const double paid = (report.spent.paid() - report.spent.idle).count();
  const double was =
      static_cast<double>(past.spent.useful) / static_cast<double>(past.spent.paid());
  EXPECT_EQ(report.completed, 500U);
  EXPECT_NEAR(report.spent.useful.count() / paid, was, 0.05);
}

TEST(Past, AShorterIntervalLosesLess) {
  const Past past = past_of(ten_interrupted_and_ten_completed());
  const Scenario scenario = scenario_after(past, 500, 0.1);
  const Way was = way_of_the_past(scenario, past);
  Way rarely = was;
  rarely.interval = Hours(1);
  EXPECT_LT(play(scenario, was).spent.lost, play(scenario, rarely).spent.lost);
}

}  // namespace
}  // namespace holdfast
