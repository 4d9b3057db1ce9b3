#include "app/amount_text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(AmountText, SizesArePowersOfTenOrOfTwo) {
  EXPECT_EQ(parse_size("50GB"), 50'000'000'000u);
  EXPECT_EQ(parse_size("20GiB"), 20ull << 30);
  EXPECT_EQ(parse_size("1.5kB"), 1500u);
  EXPECT_EQ(parse_size("512MiB"), 512ull << 20);
  EXPECT_EQ(parse_size("7B"), 7u);
  EXPECT_EQ(parse_size("7"), 7u);
  EXPECT_EQ(parse_size("20g"), 20'000'000'000u);
  for (const char* text :
       {"", "-5", "GB", "5XB", "5GBs", "5 GB", "1e3", "99999999TB", "inf", "nan"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(AmountText, SizesAreWrittenInTheLargestUnitThatFits) {
  for (const char* text : {"20GB", "1500MB", "3kB", "7B", "1TB"}) {
    EXPECT_EQ(size_text(*parse_size(text)), text);
  }
}

TEST(AmountText, RatesAreSizesOrBitsInATime) {
  EXPECT_EQ(parse_rate("3MB/s"), 3e6);
  EXPECT_EQ(parse_rate("100Mbit/s"), 12.5e6);
  EXPECT_EQ(parse_rate("36GB/h"), 1e7);
  EXPECT_EQ(parse_rate("1GiB/m"), 1073741824.0 / 60);
  for (const char* text : {"", "3MB", "3/s", "MB/s", "3MB/d", "-3MB/s", "3Mbits/s"}) {
    EXPECT_EQ(parse_rate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace holdfast
