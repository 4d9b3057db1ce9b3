#include "index/job_groups.h"

#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

class JobGroupsTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};
  using Ids = std::set<std::string>;
  MemoryStore store_;
  ManualClock clock_;
  FleetLayout layout_{"queue"};
  JobGroups groups_{store_, clock_, layout_};
};

TEST_F(JobGroupsTest, IsTheUnionOfAllThatWasAdded) {
  EXPECT_EQ(groups_.jobs_of("night"), Ids{});
  groups_.add("night", {"b", "a"});
  groups_.add("night", {"c", "a"});
  groups_.add("other", {"d"});
  EXPECT_EQ(groups_.jobs_of("night"), (Ids{"a", "b", "c"}));
  EXPECT_EQ(groups_.jobs_of("nigh"), Ids{});
  EXPECT_EQ(groups_.names(), (std::vector<std::string>{"night", "other"}));
}

TEST_F(JobGroupsTest, TheSameAgainWritesNothingNew) {
  groups_.add("night", {"b", "a"});
  const auto keys = store_.keys();
  groups_.add("night", {"a", "b"});
  EXPECT_EQ(store_.keys(), keys);
}

TEST_F(JobGroupsTest, ManyJobsAreKeptInParts) {
  std::vector<std::string> ids;
  for (int i = 0; i < 150'000; ++i) ids.push_back("job-" + std::to_string(i));
  groups_.add("large", ids);
  EXPECT_EQ(store_.keys().size(), 2u);
  EXPECT_EQ(groups_.jobs_of("large").size(), 150'000u);
}

TEST_F(JobGroupsTest, ADamagedPartIsToldAndOneOfANewerVersionToo) {
  groups_.add("night", {"a"});
  const std::string key = store_.keys().front();
  store_.put(key, "spoiled", sha256("spoiled"), kSoon);
  EXPECT_EQ(kind_thrown_by([&] { groups_.jobs_of("night"); }), ErrorKind::corrupt);
  const std::string newer = "holdfast group 2\nx";
  store_.put(layout_.group("new") + sha256(newer).hex(), newer, sha256(newer), kSoon);
  EXPECT_EQ(kind_thrown_by([&] { groups_.jobs_of("new"); }), ErrorKind::rejected);
}

}  // namespace
}  // namespace holdfast
