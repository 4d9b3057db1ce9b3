#include "core/time_account.h"

#include <gtest/gtest.h>

#include "core/record.h"

namespace holdfast {
namespace {

TEST(TimeAccountTest, ItsPartsAddUpToWhatWasPaid) {
  TimeAccount account{.useful = 930, .restoring = 20, .frozen = 3, .storing = 7, .lost = 30};
  account += {.useful = 1, .restoring = 1, .frozen = 1, .storing = 1, .lost = 1, .failed = 5};
  std::uint64_t sum = 0;
  for (const TimePart& part : parts_of(account)) sum += part.milliseconds;
  EXPECT_EQ(sum, account.paid());
  EXPECT_EQ(account.paid(), 1000u);
}

TEST(TimeAccountTest, WhatIsWorthNoDecimalIsLeftOut) {
  EXPECT_EQ(goodput_text({.useful = 930'000, .frozen = 10, .storing = 27'990, .lost = 42'000}),
            "93.0 % of 16.7 min: lost 4.2 %, storing 2.8 %");
  EXPECT_EQ(goodput_text({.lost = 500}), "0.0 % of 0.5 s: lost 100.0 %");
  EXPECT_EQ(goodput_text({}), "");
}

class LostAccountTest : public testing::Test {
 protected:
  std::uint64_t lost(const std::string& gone, std::uint64_t every_seconds,
                     std::uint64_t stored_seconds = 0) {
    Record newest;
    newest.running = {.useful = 1000};
    newest.progress.as_of = "2026-01-31T12:00:00Z";
    newest.progress.every_milliseconds = every_seconds * 1000;
    newest.progress.stored_milliseconds = stored_seconds * 1000;
    const TimeAccount account = account_of_lost(newest, gone);
    EXPECT_EQ(account.useful, 1000u) << "what is durable is never lost";
    return account.lost;
  }
};

TEST_F(LostAccountTest, WhatCameAfterTheCheckpointIsLost) {
  EXPECT_EQ(lost("2026-01-31T12:00:40Z", 60), 40'000u);
  EXPECT_EQ(lost("2026-01-31T12:00:40Z", 0), 40'000u) << "no next checkpoint was expected";
}

TEST_F(LostAccountTest, WhoIsMissedLongAfterTheNextWasDueLivedHalfOfThat) {
  EXPECT_EQ(lost("2026-01-31T15:00:00Z", 60), 30'000u);
}

TEST_F(LostAccountTest, WhoeverStoredACheckpointLivedUntilItWasInTheLog) {
  EXPECT_EQ(lost("2026-01-31T12:01:20Z", 60, 30), 80'000u) << "the next was not due yet";
  EXPECT_EQ(lost("2026-01-31T15:00:00Z", 60, 30), 60'000u);
}

TEST_F(LostAccountTest, ClocksThatDisagreeTakeNothingAway) {
  EXPECT_EQ(lost("2026-01-31T11:00:00Z", 60), 0u);
  EXPECT_EQ(lost("", 60), 0u);
  EXPECT_EQ(lost("yesterday", 60), 0u);
}

}  // namespace
}  // namespace holdfast
