// Any path of a file becomes a name that a bucket takes, and is read back.
#include "adapters/s3/s3_name.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace holdfast {
namespace {

constexpr std::size_t kMost = 1024;

TEST(S3Name, WhatABucketTakesStaysAsItIs) {
  for (const char* key : {"a", "a/b.txt", "50%", "%", "100%sure", "a b", "\xC3\xA9t\xC3\xA9",
                          "\xF0\x9F\x8E\x89", "q?a=b&c#d+e~f'g\"", "%4x", "%zz", "a%2"}) {
    EXPECT_EQ(s3_name(key, kMost), key);
    EXPECT_EQ(key_of_s3_name(key), key);
  }
}

TEST(S3Name, OtherBytesArePercentEncoded) {
  EXPECT_EQ(s3_name("r\xE9sum\xE9", kMost), "r%E9sum%E9");
  EXPECT_EQ(s3_name("a\tb\nc\x7f", kMost), "a%09b%0Ac%7F");
  EXPECT_EQ(s3_name("%41", kMost), "%2541");
  EXPECT_EQ(s3_name("\xC2\x85", kMost), "%C2%85");         // A control character of Unicode.
  EXPECT_EQ(s3_name("\xED\xA0\x80", kMost), "%ED%A0%80");  // Half a pair of UTF-16.
  EXPECT_EQ(s3_name("\xC0\xAF", kMost), "%C0%AF");         // Overlong.
  EXPECT_EQ(s3_name("\xF5\x80\x80\x80", kMost), "%F5%80%80%80");
  EXPECT_EQ(s3_name("\xEF\xBF\xBF", kMost), "%EF%BF%BF");  // XML has no such character.
  EXPECT_EQ(s3_name("\xE2\x82", kMost), "%E2%82");         // Cut off.
}

TEST(S3Name, EveryKeyIsReadBack) {
  Random random(11);
  std::set<std::string> names;
  std::set<std::string> keys;
  for (int i = 0; i < 20'000; ++i) {
    std::string key;
    const std::uint64_t size = 1 + random.below(12);
    for (std::uint64_t at = 0; at < size; ++at) {
      constexpr std::string_view kOften = "%%%259AF4\xC3\xA9";
      key += random.below(2) == 0 ? kOften[random.below(kOften.size())]
                                  : static_cast<char>(random.below(256));
    }
    const std::string name = s3_name(key, kMost);
    EXPECT_EQ(key_of_s3_name(name), key);
    keys.insert(key);
    names.insert(name);
  }
  EXPECT_EQ(names.size(), keys.size());
}

TEST(S3Name, ALongOneIsCutAndStillItsOwn) {
  const std::string long_one(3000, '\xE9');
  const std::string name = s3_name(long_one + "a", 900);
  EXPECT_LE(name.size(), 900u);
  EXPECT_GT(name.size(), 800u);
  EXPECT_NE(name, s3_name(long_one + "b", 900));
  EXPECT_EQ(name, s3_name(key_of_s3_name(name), 900)) << "as it is listed, so it is found";
}

}  // namespace
}  // namespace holdfast
