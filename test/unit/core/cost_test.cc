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
  EXPECT_EQ(cost_text(cost),
            "0.60 dollars, 0.300 for a useful hour; interruptions took 0.10 of it");
}

TEST(CostTest, WithoutAUsefulHourNoneHasAPrice) {
  TimeAccount spent;
  spent.failed = kHour;
  const Cost cost = cost_of(spent, 0.25);
  EXPECT_FALSE(cost.useful_hour);
  EXPECT_EQ(cost_text(cost), "0.25 dollars");
  EXPECT_EQ(cost_text(cost_of(TimeAccount(), 3)), "0.00 dollars");
}

TEST(CostTest, WhatIsFreeCostsNothing) {
  TimeAccount spent;
  spent.useful = spent.lost = kHour;
  EXPECT_EQ(cost_text(cost_of(spent, 0)), "0.00 dollars, 0.000 for a useful hour");
}

}  // namespace
}  // namespace holdfast
