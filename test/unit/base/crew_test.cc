// Work is done once, errors come out, and nothing is left running.
#include "base/crew.h"

#include <atomic>
#include <latch>
#include <stdexcept>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(CrewTest, AllThatWasGivenIsDoneOnce) {
  for (const int width : {1, 2, 4}) {
    std::vector<std::atomic<int>> done(1000);
    Crew crew(width, true);
    for (auto& item : done) crew.give([&item] { item += 1; });
    crew.finish();
    for (const auto& item : done) EXPECT_EQ(item, 1);
  }
}

TEST(CrewTest, AsManyAreUnderWayAtOnceAsItIsWide) {
  std::latch all(4);
  Crew crew(4, false);
  // Each waits for all others: fewer threads would never come to an end.
  for (int i = 0; i < 4; ++i) crew.give([&all] { all.arrive_and_wait(); });
  crew.finish();
}

TEST(CrewTest, TheFirstErrorComesOutAndNothingIsBegunAfterIt) {
  for (const int width : {1, 4}) {
    std::atomic<int> begun = 0;
    Crew crew(width, false);
    const auto give_all = [&] {
      for (int i = 0; i < 1000; ++i) {
        crew.give([&begun] {
          begun += 1;
          throw std::runtime_error("no");
        });
      }
      crew.finish();
    };
    EXPECT_THROW(give_all(), std::runtime_error);
    EXPECT_LE(begun, width);
  }
}

TEST(CrewTest, WhatWasBegunIsOverWhenTheCrewIs) {
  std::atomic<int> running = 0;
  {
    Crew crew(3, false);
    for (int i = 0; i < 50; ++i) {
      crew.give([&running] {
        running += 1;
        std::this_thread::yield();
        running -= 1;
      });
    }
  }
  EXPECT_EQ(running, 0);
}

}  // namespace
}  // namespace holdfast
