#include "status/stopped_groups.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(StoppedGroups, OneIsToldWithItsJobsOnHoldAndWhatToDo) {
  const auto groups = stopped_groups({{"night", {20, "2026-11-28T00:30:00Z"}}}, 1480);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(
      for_people(groups[0]),
      "Group night stopped at 2026-11-28T00:30:00Z, when 20 of its jobs were dead; 1,480 jobs "
      "are held. Fix the cause, then resume it: holdfast resume --group night");
  const auto small = stopped_groups({{"a", {1, "2026-11-28T00:30:00Z"}}}, 1);
  EXPECT_EQ(for_people(small.at(0)),
            "Group a stopped at 2026-11-28T00:30:00Z, when 1 of its jobs was dead; 1 job is held. "
            "Fix the cause, then resume it: holdfast resume --group a");
}

// A queue counts the jobs on hold of all groups together.
TEST(StoppedGroups, WhichGroupTheHeldJobsBelongToIsNotGuessed) {
  for (const StoppedGroup& one : stopped_groups({{"a", {2, "x"}}, {"b", {3, "y"}}}, 7)) {
    EXPECT_FALSE(one.held) << one.name;
    EXPECT_NE(for_people(one).find("its jobs that do not run are held"), std::string::npos);
  }
}

}  // namespace
}  // namespace holdfast
