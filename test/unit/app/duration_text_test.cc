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

TEST(DurationText, WhatIsNoDurationIsRefused) {
  for (const char* text : {"", "5", "s", "-5s", "5 s", "1.5s", "5x", "5sm", "99999999999999999999s",
                           "9223372036854775807d", "4000000000s"}) {
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
