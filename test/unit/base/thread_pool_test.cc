// Work is done once, errors come out, and nothing is left running.
#include "base/thread_pool.h"

#include <atomic>
#include <latch>
#include <stdexcept>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(ThreadPoolTest, AllThatWasGivenIsDoneOnce) {
  for (const int width : {1, 2, 4}) {
    std::vector<std::atomic<int>> done(1000);
    ThreadPool pool(width, true);
    for (auto& item : done) pool.give([&item] { item += 1; });
    pool.finish();
    for (const auto& item : done) EXPECT_EQ(item, 1);
  }
}

TEST(ThreadPoolTest, AsManyAreUnderWayAtOnceAsItIsWide) {
  std::latch all(4);
  ThreadPool pool(4, false);
  // Each waits for all others: fewer threads would never come to an end.
  for (int i = 0; i < 4; ++i) pool.give([&all] { all.arrive_and_wait(); });
  pool.finish();
}

TEST(ThreadPoolTest, TheFirstErrorComesOutAndNothingIsBegunAfterIt) {
  for (const int width : {1, 4}) {
    std::atomic<int> begun = 0;
    ThreadPool pool(width, false);
    const auto give_all = [&] {
      for (int i = 0; i < 1000; ++i) {
        pool.give([&begun] {
          begun += 1;
          throw std::runtime_error("no");
        });
      }
      pool.finish();
    };
    EXPECT_THROW(give_all(), std::runtime_error);
    EXPECT_LE(begun, width);
  }
}

TEST(ThreadPoolTest, WhatWasBegunIsOverWhenThePoolIs) {
  std::atomic<int> running = 0;
  {
    ThreadPool pool(3, false);
    for (int i = 0; i < 50; ++i) {
      pool.give([&running] {
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
