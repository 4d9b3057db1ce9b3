// Thousands of workers lose the same broker in the same second.
#include <set>

#include <gtest/gtest.h>

#include "adapters/amqp/backoff.h"

namespace holdfast {
namespace {

TEST(BackoffTest, TheWaitsGrowAndNeverExceedTheLongest) {
  Backoff backoff;
  EXPECT_LE(backoff.next(), Backoff::kFirst);
  for (int i = 0; i < 10; ++i) EXPECT_LE(backoff.next(), Backoff::kLongest);
  EXPECT_GE(backoff.next(), Backoff::kLongest / 2);
}

TEST(BackoffTest, AfterAResetTheWaitsAreShortAgain) {
  Backoff backoff;
  for (int i = 0; i < 10; ++i) backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), Backoff::kFirst);
}

TEST(BackoffTest, TwoWorkersDoNotWaitInStep) {
  std::set<Duration> waits;
  for (int i = 0; i < 20; ++i) waits.insert(Backoff().next());
  EXPECT_GT(waits.size(), 5U);
}

}  // namespace
}  // namespace holdfast
