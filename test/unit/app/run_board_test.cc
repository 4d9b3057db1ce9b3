#include "app/run_board.h"

#include <gtest/gtest.h>

#include "app/terminal.h"
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
