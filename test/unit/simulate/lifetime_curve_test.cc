#include "simulate/lifetime_curve.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "simulate/fleet_play.h"
#include "simulate/past.h"

namespace holdfast {
namespace {

// The same estimate in another way (Efron's): each lifetime has an equal weight, and one that was
// not seen to end passes its own on to all that were longer.
std::map<double, double> weights_passed_to_the_right(std::vector<SeenLifetime> seen) {
  std::stable_sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) {
    return a.length < b.length || (a.length == b.length && a.interrupted && !b.interrupted);
  });
  std::vector<double> weights(seen.size(), 1.0 / static_cast<double>(seen.size()));
  std::map<double, double> ended;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].interrupted) {
      ended[seen[i].length.count()] += weights[i];
      continue;
    }
    const auto longer = static_cast<double>(seen.size() - i - 1);
    for (std::size_t j = i + 1; j < seen.size(); ++j) weights[j] += weights[i] / longer;
  }
  return ended;
}

// Half of the machines are taken within minutes, the others after most of a day; each was looked at
// for some time only.
std::vector<SeenLifetime> early_or_late(std::size_t count) {
  Random random(7);
  std::vector<SeenLifetime> seen;
  for (std::size_t i = 0; i < count; ++i) {
    const Hours life = random.fraction() < 0.5 ? Hours(0.05 + 0.1 * random.fraction())
                                               : Hours(18 + 4 * random.fraction());
    const Hours watched(30 * random.fraction());
    seen.push_back({std::min(life, watched), life <= watched});
  }
  return seen;
}

TEST(LifetimeCurve, IsTheProductLimitEstimate) {
  const auto seen = early_or_late(400);
  const LifetimeCurve curve(seen);
  double left = 1;
  for (const auto& [hours, weight] : weights_passed_to_the_right(seen)) {
    EXPECT_NEAR(curve.survivors(Hours(hours - 1e-9)), left, 1e-9);
    left -= weight;
    EXPECT_NEAR(curve.survivors(Hours(hours)), left, 1e-9);
  }
}

TEST(LifetimeCurve, WhatIsDrawnIsSpreadAsTheCurveSays) {
  const LifetimeCurve curve(early_or_late(400));
  Random random(1);
  constexpr int kDraws = 100'000;
  double sum = 0;
  std::map<double, int> longer = {{0.1, 0}, {1, 0}, {19, 0}, {21, 0}};
  for (int i = 0; i < kDraws; ++i) {
    const double drawn = curve.draw(random).count();
    sum += drawn;
    for (auto& [hours, count] : longer) count += drawn > hours ? 1 : 0;
  }
  for (const auto& [hours, count] : longer) {
    EXPECT_NEAR(count / double{kDraws}, curve.survivors(Hours(hours)), 0.01) << hours;
  }
  EXPECT_NEAR(sum / kDraws, curve.mean().count(), 0.01 * curve.mean().count());
  EXPECT_NEAR(curve.with_mean(Hours(3)).mean().count(), 3, 1e-9);
  EXPECT_NEAR(curve.with_mean(curve.mean() * 2).survivors(Hours(38)), curve.survivors(Hours(19)),
              1e-9);
}

TEST(LifetimeCurve, BeyondWhatWasSeenItHasNoMemory) {
  const LifetimeCurve curve({{Hours(1), true}, {Hours(2), false}});
  EXPECT_NEAR(curve.survivors(Hours(1.5)), 0.5, 1e-12);
  EXPECT_NEAR(curve.survivors(Hours(4)), 0.25, 1e-12);  // As from 0 to 2.
  EXPECT_EQ(curve.until_interrupted(0.5), Hours(1));
  EXPECT_EQ(curve.until_interrupted(0.9), std::nullopt);
  EXPECT_TRUE(LifetimeCurve({{Hours(1), false}}).empty());
}

// Attempts of machines with those lifetimes, each of two hours or until the interruption.
std::vector<PastAttempt> attempts_of(const std::vector<SeenLifetime>& lifetimes) {
  constexpr double kMilliseconds = 3'600'000;
  std::vector<PastAttempt> attempts;
  std::int64_t begin = 1'795'000'000;
  for (std::size_t machine = 0; machine < lifetimes.size(); ++machine) {
    std::int64_t at = begin += 60;
    for (double left = lifetimes[machine].length.count(); left > 0; left -= 2) {
      PastAttempt& one = attempts.emplace_back();
      one.worker = "pc-" + std::to_string(machine);
      one.claimed = at;
      one.end = at += static_cast<std::int64_t>(std::min(left, 2.0) * 3600);
      one.interrupted = left <= 2 && lifetimes[machine].interrupted;
      one.completed = !one.interrupted;
      one.spent.useful = static_cast<std::uint64_t>(std::min(left, 2.0) * kMilliseconds);
    }
  }
  return attempts;
}

TEST(Past, ALifetimeIsAMachinesNotAnAttempts) {
  const auto seen = early_or_late(50);
  const Past past = past_of(attempts_of(seen));
  ASSERT_EQ(past.lifetimes.size(), seen.size());
  const LifetimeCurve right(seen);
  const LifetimeCurve got(past.lifetimes);
  for (const double hours : {0.06, 0.1, 1.0, 18.5, 19.0, 21.0}) {
    EXPECT_NEAR(got.survivors(Hours(hours)), right.survivors(Hours(hours)), 0.02) << hours;
  }
  EXPECT_NEAR(got.mean() / right.mean(), 1, 0.01);
}

// Jobs of four hours that take no checkpoint: a machine completes as many as fit into its life, and
// loses the rest of it. By the curve's own weights that is a sum; a machine without a memory and
// with the same mean interrupts far more of them.
TEST(Past, OfMachinesThatGoEarlyOrLateIsPlayedAsTheyGo) {
  constexpr Hours kJob{4};
  const auto seen = early_or_late(600);
  const Past past = past_of(attempts_of(seen));
  Scenario scenario = scenario_after(past, 6000, 0.1);
  scenario.job_length = kJob;
  scenario.restart_cost = Hours(0);
  scenario.replicas_min = scenario.replicas_max = 20;
  Way way = way_of_the_past(scenario, past);
  way.interval = Hours(100);
  way.interruptions_max = 1000;
  const auto goodput = [&] {
    const PlayReport report = play(scenario, way);
    EXPECT_EQ(report.completed, scenario.jobs);
    return report.spent.useful / (report.spent.paid() - report.spent.idle);
  };
  double useful = 0;
  double lived = 0;
  double left = 1;
  for (const auto& [hours, weight] : weights_passed_to_the_right(seen)) {
    useful += weight * std::floor(hours / kJob.count()) * kJob.count();
    lived += weight * hours;
    left -= weight;
  }
  ASSERT_LT(left, 1e-9) << "the longest was seen to end";
  const double by_the_curve = goodput();
  EXPECT_NEAR(by_the_curve, useful / lived, 0.02);

  const Hours mean = scenario.lifetimes.mean();
  scenario.lifetimes = {};
  scenario.mtbf = mean;
  const double without_memory = goodput();
  const double rate = kJob / mean;
  EXPECT_NEAR(without_memory, rate / std::expm1(rate), 0.02);
  EXPECT_GT(by_the_curve, without_memory + 0.05);
  std::printf("goodput by the curve %.3f (sum %.3f), without a memory %.3f (formula %.3f)\n",
              by_the_curve, useful / lived, without_memory, rate / std::expm1(rate));
}

}  // namespace
}  // namespace holdfast
