#include "app/duration_text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(DurationText, UnitsFromMillisecondsToDaysAreRead) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500ms));
  EXPECT_EQ(parse_duration("30s"), Duration(30s));
  EXPECT_EQ(parse_duration("5m"), Duration(5min));
  EXPECT_EQ(parse_duration("2h"), Duration(2h));
  EXPECT_EQ(parse_duration("1d"), Duration(24h));
  EXPECT_EQ(parse_duration("0"), Duration::zero());
}

TEST(DurationText, UnitsMayFollowEachOtherAndTheLastMayHaveAFraction) {
  EXPECT_EQ(parse_duration("1h30m"), Duration(90min));
  EXPECT_EQ(parse_duration("1.5h"), Duration(90min));
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), Duration(26h + 3min + 4s + 5ms));
  EXPECT_EQ(parse_duration("1m1.5s"), Duration(61500ms));
  EXPECT_EQ(parse_duration("0.25s"), Duration(250ms));
}

TEST(DurationText, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "5", "s", "-5s", "5 s", "5x", "5sm", "99999999999999999999s",
                           "9223372036854775807d", "4000000000s", "30m1h", "1h1h", "1.5h30m",
                           "1h30", ".5h", "5.h", "1.2.3h", "1e3s", "3653d1s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(DurationText, IsWrittenAsItIsRead) {
  for (const char* text : {"1500ms", "90s", "5m", "2h", "3d"}) {
    EXPECT_EQ(to_text(*parse_duration(text)), text);
  }
  EXPECT_EQ(to_text(Duration::zero()), "0s");
  EXPECT_EQ(to_text(std::chrono::minutes(120)), "2h");
}

}  // namespace
}  // namespace holdfast
