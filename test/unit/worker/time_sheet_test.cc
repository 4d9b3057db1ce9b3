#include "worker/time_sheet.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using std::chrono::seconds;

TimePoint at(int second) {
  return TimePoint(seconds(second));
}

// Claimed at 10, runs from 15 to 100, with a checkpoint of second 60 for which it stood still
// for 2.
class TimeSheetTest : public testing::Test {
 protected:
  TimeSheetTest() {
    sheet_.claimed(at(10));
    sheet_.program_started(at(15));
    const TimeAccount shown = sheet_.until(at(60));
    sheet_.stood_still(seconds(2));
    sheet_.durable(shown);
    sheet_.program_ended(at(100));
  }

  TimeSheet sheet_;
};

TEST_F(TimeSheetTest, ACompletedAttemptsWorkIsUseful) {
  const TimeAccount all = sheet_.total(at(104), Ending::finished, true);
  EXPECT_EQ(all,
            (TimeAccount{.useful = 83'000, .restoring = 5'000, .frozen = 2'000, .storing = 4'000}));
  EXPECT_EQ(all.paid(), 94'000u);
}

TEST_F(TimeSheetTest, WhatWasNotSavedOfAnInterruptedOneIsLost) {
  const TimeAccount all = sheet_.total(at(100), Ending::interrupted, false);
  EXPECT_EQ(all.useful, 45'000u);
  EXPECT_EQ(all.lost, 38'000u);
  EXPECT_EQ(all.paid(), 90'000u);
}

TEST_F(TimeSheetTest, WhatAFailureTookIsItsOwnFault) {
  for (const Ending ending :
       {Ending::failed, Ending::stalled, Ending::timed_out, Ending::refused}) {
    const TimeAccount all = sheet_.total(at(100), ending, false);
    EXPECT_EQ(all.failed, 38'000u);
    EXPECT_EQ(all.lost, 0u);
  }
}

TEST_F(TimeSheetTest, WhatACheckpointShowsLeavesOutItsOwnFreeze) {
  EXPECT_EQ(sheet_.until(at(60)).useful + sheet_.until(at(60)).frozen, 45'000u);
}

TEST(TimeSheetOfNone, AProgramThatNeverRanWasRestored) {
  TimeSheet sheet;
  sheet.claimed(at(10));
  const TimeAccount all = sheet.total(at(30), Ending::interrupted, false);
  EXPECT_EQ(all, (TimeAccount{.restoring = 20'000}));
}

}  // namespace
}  // namespace holdfast
