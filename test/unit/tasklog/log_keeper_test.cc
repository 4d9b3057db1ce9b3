#include "tasklog/log_keeper.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "tasklog/log_reader.h"
#include "tasklog/log_thread.h"

namespace holdfast {
namespace {

using namespace std::chrono_literals;

class LogKeeperTest : public testing::Test {
 protected:
  void pass(Duration time) { clock_.wait_until(clock_.now() + time); }
  // Lets so much time pass, and what is due be stored.
  void serve(Duration time) {
    const TimePoint until = clock_.now() + time;
    while (keeper_.due() <= until) {
      clock_.wait_until(std::max(clock_.now(), keeper_.due()));
      keeper_.store_due();
    }
    clock_.wait_until(until);
  }
  std::string text(std::uint64_t attempt = 1) {
    const LogReader reader(memory_, clock_, job_);
    std::string text;
    for (const LogPart& part : reader.parts({attempt})) {
      const auto segment = reader.get(part);
      if (segment->first > at_) text += "<gap>";
      at_ = segment->end();
      text += segment->text;
    }
    at_ = 0;
    return text;
  }
  std::size_t puts() const { return memory_.calls(MemoryStore::Call::put); }

  const JobId job_ = *JobId::parse("a");
  ManualClock clock_;
  MemoryStore memory_;
  int wakes_ = 0;
  int ends_ = 0;
  LogKeeper keeper_{memory_, clock_, TaskLogSettings{1'048'576, 20s}, [this] { wakes_ += 1; },
                    [this] { ends_ += 1; }};
  std::uint64_t at_ = 0;
};

TEST_F(LogKeeperTest, AJobThatPrintsNothingCostsNoRequest) {
  keeper_.begin(job_, {1}, true);
  serve(1h);
  keeper_.store_soon();
  keeper_.end(false);
  serve(1h);
  EXPECT_TRUE(memory_.keys().empty());
  EXPECT_EQ(puts() + memory_.calls(MemoryStore::Call::list), 0u);
  EXPECT_EQ(wakes_, 1);
  EXPECT_FALSE(keeper_.busy());
}

TEST_F(LogKeeperTest, AShortJobCostsOneWrite) {
  keeper_.begin(job_, {1}, false);
  serve(1s);
  keeper_.append("one\n");
  serve(5s);
  keeper_.append("two\n");
  EXPECT_EQ(puts(), 0u);
  keeper_.end(false);
  EXPECT_TRUE(keeper_.busy());
  serve(0s);
  EXPECT_FALSE(keeper_.busy());
  EXPECT_EQ(ends_, 1);
  EXPECT_EQ(puts(), 1u);
  EXPECT_EQ(text(), "one\ntwo\n");
}

// What is printed is in the store within 21 s, and no write follows another within 20 s.
TEST_F(LogKeeperTest, AJobThatPrintsAllTheTimeIsWrittenEveryTwentySeconds) {
  keeper_.begin(job_, {1}, false);
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    all += line;
    keeper_.append(line);
    serve(1s);
    if (i < 21) continue;
    EXPECT_TRUE(text().find("line " + std::to_string(i - 21) + "\n") != std::string::npos) << i;
  }
  EXPECT_LE(puts(), 300u / 20);
  keeper_.end(false);
  serve(0s);
  EXPECT_EQ(text(), all);
}

TEST_F(LogKeeperTest, AnAttemptThatMayVanishIsHeardAtOnce) {
  keeper_.begin(job_, {1}, true);
  serve(3s);
  keeper_.append("loading");
  serve(0s);
  EXPECT_EQ(text(), "loading");
  keeper_.append("!");
  serve(4s);
  EXPECT_EQ(text(), "loading");
  serve(1s);
  EXPECT_EQ(text(), "loading!");
}

TEST_F(LogKeeperTest, AStoreThatIsAwayCostsTheMiddleAtMost) {
  keeper_.begin(job_, {1}, false);
  memory_.go_away();
  const std::string line(999, 'x');
  for (int i = 0; i < 3000; ++i) {
    keeper_.append(line + "\n");
    serve(100ms);
  }
  memory_.come_back();
  keeper_.append("the last\n");
  serve(6s);
  const std::string stored = text();
  EXPECT_TRUE(stored.starts_with(line));
  EXPECT_TRUE(stored.ends_with("\nthe last\n"));
  EXPECT_NE(stored.find("<gap>"), std::string::npos);
  EXPECT_LE(stored.size(), 1'048'576u + 5);
}

TEST_F(LogKeeperTest, TheStoredEndStaysAsShortAsItIsMeantToBe) {
  keeper_.begin(job_, {1}, false);
  for (int i = 0; i < 400; ++i) {
    keeper_.append(std::string(50'000, static_cast<char>('a' + i % 26)));
    serve(20s);
  }
  keeper_.end(false);
  serve(0s);
  const std::string stored = text();
  EXPECT_LE(stored.size(), 1'048'576u + 100'000);
  EXPECT_GE(stored.size(), 900'000u);
  EXPECT_EQ(stored.back(), 'a' + 399 % 26);
  EXPECT_LE(memory_.keys().size(), 30u);
}

TEST_F(LogKeeperTest, AnEndedLogIsTriedAgainWhileTheNextOneIsWritten) {
  keeper_.begin(job_, {1}, false);
  keeper_.append("first");
  memory_.go_away();
  keeper_.end(false);
  EXPECT_TRUE(keeper_.busy());
  serve(7s);
  EXPECT_FALSE(keeper_.busy());  // Nobody waits for a store that is away.
  keeper_.begin(job_, {2}, false);
  keeper_.append("second");
  serve(30s);
  EXPECT_FALSE(keeper_.idle());
  memory_.come_back();
  serve(30s);
  EXPECT_TRUE(keeper_.idle());
  EXPECT_EQ(text(1), "first");
  EXPECT_EQ(text(2), "second");
}

TEST_F(LogKeeperTest, AnEndIsNotedAlsoAfterTheEndAndOfASilentJob) {
  const LogReader reader(memory_, clock_, job_);
  keeper_.begin(job_, {1}, false);
  keeper_.append("x");
  keeper_.end(false);
  serve(0s);
  EXPECT_FALSE(reader.ended({1}));
  keeper_.end(true);
  EXPECT_TRUE(keeper_.busy());
  serve(0s);
  EXPECT_TRUE(reader.ended({1}));
  EXPECT_EQ(text(1), "x");
  keeper_.begin(job_, {2}, false);
  keeper_.end(true);
  serve(0s);
  EXPECT_TRUE(reader.ended({2}));
  EXPECT_EQ(text(2), "");
  EXPECT_EQ(puts(), 3u);
}

TEST_F(LogKeeperTest, OnlyTheLogsOfTheLastAttemptsAreKept) {
  for (std::uint64_t attempt = 1; attempt <= 50; ++attempt) {
    keeper_.begin(job_, {attempt}, false);
    keeper_.append("attempt " + std::to_string(attempt));
    keeper_.end(false);
    serve(1s);
  }
  EXPECT_EQ(memory_.keys().size(), LogKeeper::kAttemptsKept);
  EXPECT_EQ(text(30), "");
  EXPECT_EQ(text(31), "attempt 31");
  EXPECT_EQ(text(50), "attempt 50");
}

TEST_F(LogKeeperTest, WhatIsPrintedAfterTheEndIsNobodys) {
  keeper_.append("before");
  keeper_.begin(job_, {1}, false);
  keeper_.end(false);
  keeper_.append("after");
  serve(1h);
  EXPECT_TRUE(memory_.keys().empty());
}

}  // namespace
}  // namespace holdfast
