// Names of what belongs to a fleet: apart from every job, and read back as written.
#include "core/fleet_layout.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/job.h"

namespace holdfast {
namespace {

TEST(FleetLayout, NoJobCanLieWhereAFleetKeepsItsOwn) {
  const std::string key = FleetLayout("jobs").lifetimes_prefix();
  const std::string folder = key.substr(0, key.find('/'));
  EXPECT_FALSE(JobId::parse(folder).has_value());
}

TEST(FleetLayout, ALifetimeIsReadBackFromItsName) {
  const FleetLayout layout("jobs");
  for (const Lifetime& lifetime : {Lifetime{0, true}, Lifetime{86'400, false}}) {
    EXPECT_EQ(layout.lifetime_of(layout.lifetime("ab-before", lifetime)), lifetime);
  }
}

TEST(FleetLayout, WhatIsNoLifetimeIsNone) {
  const FleetLayout layout("jobs");
  const std::string prefix = layout.lifetimes_prefix();
  for (const char* rest :
       {"", "ab", "ab-", "ab-5", "ab-i", "ab-5x", "ab-5ii", "ab-99999999999999999999999i"}) {
    EXPECT_FALSE(layout.lifetime_of(prefix + rest).has_value()) << rest;
  }
  EXPECT_FALSE(layout.lifetime_of(FleetLayout("others").lifetime("ab", {5, true})).has_value());
}

TEST(FleetLayout, EveryQueueHasNamesThatAStoreTakes) {
  std::string names;
  for (const char* queue : {"a/b", "..", ".hidden", "with blank", "\xc3\xa9"}) {
    const std::string prefix = FleetLayout(queue).replacements_prefix();
    EXPECT_EQ(prefix.find(".."), std::string::npos) << prefix;
    EXPECT_EQ(std::count(prefix.begin(), prefix.end(), '/'), 3) << prefix;
    EXPECT_EQ(names.find(prefix), std::string::npos) << "two queues share " << prefix;
    names += prefix;
  }
  EXPECT_NE(FleetLayout("a").lifetimes_prefix(), FleetLayout("b").lifetimes_prefix());
}

TEST(FleetLayout, AReplacementCountsInItsHour) {
  const FleetLayout layout("jobs");
  EXPECT_EQ(layout.hour_of(layout.replacement("2026-01-31T23", 2)), "2026-01-31T23");
  EXPECT_EQ(layout.hour_of(layout.lifetime("ab", {})), "");
}

}  // namespace
}  // namespace holdfast
