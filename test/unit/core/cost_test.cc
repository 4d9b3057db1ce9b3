#include "core/cost.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr std::uint64_t kHour = 3'600'000;  // Milliseconds.

TEST(CostTest, PaidTimeHasItsPriceWhateverItWentInto) {
  TimeAccount spent;
  spent.useful = 2 * kHour;
  spent.lost = kHour / 2;
  spent.frozen = kHour / 2;
  const Cost cost = cost_of(spent, 0.2);
  EXPECT_DOUBLE_EQ(cost.paid, 0.6);
  EXPECT_DOUBLE_EQ(cost.lost, 0.1);
  ASSERT_TRUE(cost.useful_hour);
  EXPECT_DOUBLE_EQ(*cost.useful_hour, 0.3);
  EXPECT_EQ(cost_text(cost), "$0.60, $0.30 for a useful hour; interruptions took $0.10 of it");
}

TEST(CostTest, WithoutAUsefulHourNoneHasAPrice) {
  TimeAccount spent;
  spent.failed = kHour;
  const Cost cost = cost_of(spent, 0.25);
  EXPECT_FALSE(cost.useful_hour);
  EXPECT_EQ(cost_text(cost), "$0.25");
  EXPECT_EQ(cost_text(cost_of(TimeAccount(), 3)), "$0.00");
}

TEST(CostTest, WhatIsFreeCostsNothing) {
  TimeAccount spent;
  spent.useful = spent.lost = kHour;
  EXPECT_EQ(cost_text(cost_of(spent, 0)), "$0.00, $0.00 for a useful hour");
}

// The dashboard's own (dollars() in 20-format.js) is held to the same in the browser test.
TEST(CostTest, SmallSumsAreNotRoundedToNothing) {
  EXPECT_EQ(dollars_text(0), "$0.00");
  EXPECT_EQ(dollars_text(0.00001), "<$0.0001");
  EXPECT_EQ(dollars_text(0.0004), "$0.0004");
  EXPECT_EQ(dollars_text(0.00126), "$0.0013");
  EXPECT_EQ(dollars_text(0.054), "$0.054");
  EXPECT_EQ(dollars_text(0.185), "$0.185");
  EXPECT_EQ(dollars_text(0.3), "$0.30");
  EXPECT_EQ(dollars_text(0.99999), "$1.00");
  EXPECT_EQ(dollars_text(1.05), "$1.05");
  EXPECT_EQ(dollars_text(1234567.5), "$1,234,567.50");
}

}  // namespace
}  // namespace holdfast
