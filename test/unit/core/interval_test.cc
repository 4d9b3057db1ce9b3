// The interval is the one that loses least: tried against a run that is played through.
#include "core/interval.h"

#include <cmath>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using namespace std::chrono_literals;

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Time per second of work with exponential interruptions and no restart cost (Daly 2006).
double time_per_work(double interval, double cost, double mtbf) {
  return mtbf * std::expm1((interval + cost) / mtbf) / interval;
}

TEST(IntervalTest, NoOtherIntervalLosesNoticeablyLess) {
  for (const Duration held : {1s, 10s, 60s}) {
    for (const Duration mtbf : {1h, 4h, 10h}) {
      const Duration best = best_interval({held, 0s}, mtbf);
      const double loss = time_per_work(seconds(best), seconds(held), seconds(mtbf));
      for (double factor = 0.2; factor < 5; factor *= 1.1) {
        const double other = seconds(best) * factor;
        if (other > seconds(kIntervalMax) || other < seconds(kIntervalMin)) continue;
        EXPECT_LT(loss, time_per_work(other, seconds(held), seconds(mtbf)) * 1.001) << factor;
      }
    }
  }
}

TEST(IntervalTest, WhatCostsMoreOrIsInterruptedLessIsDoneLessOften) {
  EXPECT_LT(best_interval({1s, 0s}, 1h), best_interval({2s, 0s}, 1h));
  EXPECT_LT(best_interval({1s, 0s}, 1h), best_interval({1s, 0s}, 4h));
  EXPECT_LT(best_interval({1s, 0s}, 1h), best_interval({1s, 200s}, 1h));
}

TEST(IntervalTest, TheBoundsHold) {
  EXPECT_EQ(best_interval({0s, 0s}, 10h), kIntervalMin);
  EXPECT_EQ(best_interval({1ms, 0s}, 1s), kIntervalMin);
  EXPECT_EQ(best_interval({10min, 0s}, 1000h), kIntervalMax);
  EXPECT_EQ(best_interval({0s, 5min}, 10min), 5min);
  EXPECT_EQ(best_interval({0s, 2h}, 10h), 2h);  // A line that needs so long for one.
}

TEST(MeanTime, IsThePriorUntilSomethingIsSeenAndWhatIsSeenInTheEnd) {
  EXPECT_EQ(mean_time_between_interruptions({}), kMtbfPrior);
  const Duration mean = mean_time_between_interruptions({4000h, 1000});
  EXPECT_GT(mean, 4h);
  EXPECT_LT(mean, 4h + 2min);
}

TEST(MeanTime, TimeWithoutAnInterruptionCountsToo) {
  EXPECT_EQ(mean_time_between_interruptions({80h, 0}), 50h);
}

}  // namespace
}  // namespace holdfast
