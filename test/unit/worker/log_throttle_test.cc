// What fails every few seconds for a night is told when it begins, when its kind changes, and then
// every five minutes.
#include "worker/log_throttle.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(LogThrottleTest, ANightOfFailuresIsToldEveryFiveMinutes) {
  LogThrottle seldom;
  const TimePoint begin{std::chrono::hours(1)};
  int told = 0;
  for (TimePoint now = begin; now < begin + 1h; now += 3s) {
    if (seldom.due(now, ErrorKind::unavailable)) ++told;
  }
  EXPECT_EQ(told, 12);
}

TEST(LogThrottleTest, AnotherKindOfFailureAndTheFirstAfterASuccessAreTold) {
  LogThrottle seldom;
  const TimePoint now{std::chrono::hours(1)};
  EXPECT_TRUE(seldom.due(now, ErrorKind::unavailable));
  EXPECT_FALSE(seldom.due(now + 3s, ErrorKind::unavailable));
  EXPECT_TRUE(seldom.due(now + 6s, ErrorKind::denied));
  EXPECT_FALSE(seldom.due(now + 9s, ErrorKind::denied));
  seldom.reset();
  EXPECT_TRUE(seldom.due(now + 12s, ErrorKind::denied));
}

}  // namespace
}  // namespace holdfast
