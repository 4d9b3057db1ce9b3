#include "app/run_board.h"

#include <gtest/gtest.h>

#include "app/terminal.h"
#include "core/text.h"
#include "fakes/manual_clock.h"

namespace holdfast {
namespace {

using Phase = JobNews::Phase;

TEST(RunBoard, ShowsASlotsJobAndForgetsItWhenItIsOver) {
  const ManualClock clock;
  RunBoard board(2, {10, 3, 1}, true, clock);
  board.tell(1, {"job-7", Phase::claimed, 2, {}, {}});
  board.tell(1, {"job-7", Phase::running, 2, 0.5, "epoch 3"});
  auto lines = board.lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines.at(0).find("idle"), std::string::npos);
  EXPECT_NE(lines.at(1).find("job-7"), std::string::npos);
  EXPECT_NE(lines.at(1).find("50 %"), std::string::npos);
  EXPECT_NE(lines.at(1).find("attempt 2"), std::string::npos);
  EXPECT_NE(lines.at(2).find("3 of 10 completed, 1 running, 1 dead"), std::string::npos);

  board.tell(1, {"job-7", Phase::completed, 2, 1.0, {}});
  lines = board.lines();
  EXPECT_NE(lines.at(1).find("idle"), std::string::npos);
  EXPECT_NE(lines.at(2).find("4 of 10 completed, 0 running"), std::string::npos);
}

TEST(RunBoard, ShowsSinceWhenAJobRunsAndWhatItPrintedLast) {
  ManualClock clock;
  RunBoard board(1, {10, 0, 0}, true, clock);
  board.tell(0, {"job-7", Phase::claimed, 1, {}, {}});
  clock.wait_until(clock.now() + std::chrono::minutes(12));
  board.tell(0, {"job-7", Phase::running, 1, 0.5, {}, "loss 0.3"});
  board.tell(0, {"job-7", Phase::running, 1, 0.6, {}});
  const std::string line = board.lines().at(0);
  EXPECT_NE(line.find("60 %  12 min"), std::string::npos) << line;
  EXPECT_NE(line.find("| loss 0.3"), std::string::npos) << line;
}

TEST(RunBoard, SaysWhenTheListWillBeDone) {
  ManualClock clock;
  RunBoard board(1, {110, 0, 0}, true, clock);
  EXPECT_EQ(board.summary(), "0 of 110 completed, 0 running");
  for (int i = 0; i < 10; ++i) {
    const std::string job = "job-" + std::to_string(i);
    board.tell(0, {job, Phase::claimed, 1, {}, {}});
    clock.wait_until(clock.now() + std::chrono::minutes(6));
    board.tell(0, {job, Phase::completed, 1, {}, {}});
  }
  // A hundred jobs of six minutes each.
  EXPECT_EQ(board.summary(), "10 of 110 completed, 0 running, done in about 10 h (7 h to 16 h)");
}

TEST(RunBoard, AHundredSlotsDoNotFillTheTerminal) {
  const ManualClock clock;
  RunBoard board(100, {}, true, clock);
  EXPECT_LT(board.lines().size(), 20u);
}

TEST(Terminal, NumbersAreGroupedAndBarsBounded) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(bar(0.5, 4), "[##..]");
  EXPECT_EQ(bar(7, 4), "[####]");
  EXPECT_EQ(bar(-1, 4), "[....]");
}

}  // namespace
}  // namespace holdfast
