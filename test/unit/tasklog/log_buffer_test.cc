#include "tasklog/log_buffer.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr std::uint64_t kMax = 1'048'576;
constexpr std::size_t kRewritten = 10'000;

std::vector<LogSegment> store_all(LogBuffer& buffer) {
  std::vector<LogSegment> stored;
  while (const auto segment = buffer.next(buffer.end())) {
    buffer.stored(*segment);
    stored.push_back(*segment);
  }
  return stored;
}

TEST(LogBufferTest, ASegmentIsStoredAgainWithWhatFollowsUntilItIsLong) {
  LogBuffer buffer(kMax, kRewritten);
  EXPECT_TRUE(buffer.all_stored());
  buffer.append("one\n", 1000);
  EXPECT_EQ(store_all(buffer), (std::vector<LogSegment>{{0, "one\n", {{0, 1000}}}}));
  EXPECT_TRUE(buffer.all_stored());
  buffer.append("two\n", 1050);  // Too close to have a time of its own.
  buffer.append("three\n", 1200);
  EXPECT_EQ(store_all(buffer),
            (std::vector<LogSegment>{{0, "one\ntwo\nthree\n", {{0, 1000}, {8, 1200}}}}));
  buffer.append(std::string(kRewritten, 'x'), 2000);
  EXPECT_EQ(store_all(buffer).front().first, 0u);
  buffer.append("next", 3000);
  EXPECT_EQ(store_all(buffer), (std::vector<LogSegment>{{kRewritten + 14, "next", {{0, 3000}}}}));
}

TEST(LogBufferTest, WhatComesWhileOneIsStoredIsStoredNext) {
  LogBuffer buffer(kMax, kRewritten);
  buffer.append("one", 0);
  const auto first = buffer.next(buffer.end());
  buffer.append("two", 0);
  buffer.stored(*first);
  EXPECT_FALSE(buffer.all_stored());
  EXPECT_EQ(buffer.next(buffer.end())->text, "onetwo");
}

// However much is printed while nothing can be stored, memory is bounded, the beginning and the end
// are there, and nothing is said twice.
TEST(LogBufferTest, WithoutAStoreTheMiddleIsDropped) {
  LogBuffer buffer(kMax, kRewritten);
  std::string all;
  for (int i = 0; i < 100'000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    all += line;
    buffer.append(line, i);
  }
  std::uint64_t kept = 0;
  std::uint64_t seen = 0;
  const auto stored = store_all(buffer);
  for (const LogSegment& segment : stored) {
    EXPECT_GE(segment.first, seen);
    EXPECT_EQ(segment.text, all.substr(segment.first, segment.text.size()));
    seen = segment.end();
    kept += segment.text.size();
  }
  EXPECT_EQ(stored.front().first, 0u);
  EXPECT_EQ(seen, all.size());
  EXPECT_LE(kept, kMax);
  EXPECT_GE(kept, kMax * 7 / 8);
  EXPECT_TRUE(buffer.all_stored());
}

TEST(LogBufferTest, AProgramThatPrintsAByteAtATimeNeedsNoMoreMemoryThanItsText) {
  LogBuffer buffer(kMax, kRewritten);
  for (int i = 0; i < 100'000; ++i) buffer.append("x", i * 1000);
  for (const LogSegment& segment : store_all(buffer)) EXPECT_LE(segment.times.size(), 16'384u);
}

}  // namespace
}  // namespace holdfast
