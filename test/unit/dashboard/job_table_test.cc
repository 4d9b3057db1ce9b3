// A page of jobs out of all: the right ones, in the right order, however many there are.
#include "dashboard/job_table.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

IndexEntry entry(const std::string& job, JobState state, std::int64_t changed) {
  IndexEntry entry;
  entry.job = job;
  entry.state = state;
  entry.changed = changed;
  entry.attempt = 1;
  return entry;
}

std::vector<std::string> names(const JobSelection& selection) {
  std::vector<std::string> names;
  for (const IndexEntry& job : selection.jobs) names.push_back(job.job);
  return names;
}

using Names = std::vector<std::string>;

class JobTableTest : public testing::Test {
 protected:
  JobTableTest() {
    IndexEntry running = entry("c-running", JobState::running, kNow - 10);
    running.durable = kNow - 90;
    running.fraction = 0.25;
    running.worker = "w1";
    IndexEntry dead = entry("a-dead", JobState::dead, kNow - 20);
    dead.reason = "failed";
    dead.worker = "w2";
    dead.spent.useful = 5000;
    table_.add(dead);
    table_.add(running);
    table_.add(entry("b-done", JobState::completed, kNow - 30));
    table_.add(entry("d-done", JobState::completed, kNow - 40));
    table_.finish(kNow);
  }

  JobTable table_;
};

TEST_F(JobTableTest, ANewTableShowsWhatChangedLastFirst) {
  EXPECT_EQ(names(table_.select({})), (Names{"c-running", "a-dead", "b-done", "d-done"}));
}

TEST_F(JobTableTest, FiltersByStateReasonWorkerAndText) {
  JobPage page;
  page.filter.states = {JobState::completed};
  EXPECT_EQ(names(table_.select(page)), (Names{"b-done", "d-done"}));
  page.filter = {.reason = "failed"};
  EXPECT_EQ(names(table_.select(page)), Names{"a-dead"});
  page.filter = {.worker = "w1"};
  EXPECT_EQ(names(table_.select(page)), Names{"c-running"});
  page.filter = {.worker = "nobody"};
  EXPECT_TRUE(names(table_.select(page)).empty());
  page.filter = {.text = "-d"};
  EXPECT_EQ(names(table_.select(page)), (Names{"a-dead", "b-done", "d-done"}));
}

TEST_F(JobTableTest, SortsEitherWayWithTheUnknownLast) {
  JobPage page;
  page.column = JobColumn::job;
  page.descending = false;
  EXPECT_EQ(names(table_.select(page)), (Names{"a-dead", "b-done", "c-running", "d-done"}));
  page.descending = true;
  EXPECT_EQ(names(table_.select(page)), (Names{"d-done", "c-running", "b-done", "a-dead"}));
  for (const bool descending : {false, true}) {
    page.descending = descending;
    page.column = JobColumn::lag;
    EXPECT_EQ(names(table_.select(page)).front(), "c-running");
    page.column = JobColumn::progress;
    EXPECT_EQ(names(table_.select(page)).front(), "c-running");
  }
  page.column = JobColumn::cost;
  EXPECT_EQ(names(table_.select(page)).front(), "a-dead");
}

TEST_F(JobTableTest, PagesFollowEachOtherWithoutGapOrDouble) {
  JobTable table;
  for (int i = 0; i < 1000; ++i) {
    table.add(entry("job-" + std::to_string(i), JobState::completed, kNow - i % 7));
  }
  table.finish(kNow);
  JobPage page;
  page.count = 33;
  std::vector<std::string> seen;
  for (page.first = 0; page.first < 1100; page.first += page.count) {
    const JobSelection selection = table.select(page);
    EXPECT_EQ(selection.matching, 1000u);
    for (const std::string& name : names(selection)) seen.push_back(name);
  }
  page.first = 0;
  page.count = 1000;
  EXPECT_EQ(seen, names(table.select(page)));
}

TEST_F(JobTableTest, EntriesComeBackAsTheyWere) {
  const auto running = table_.find("c-running");
  ASSERT_TRUE(running);
  EXPECT_EQ(running->worker, "w1");
  EXPECT_EQ(running->fraction, 0.25);
  EXPECT_FALSE(running->step);
  EXPECT_FALSE(table_.find("c"));
}

TEST_F(JobTableTest, KnowsWhatTheSlowestJobStillNeeds) {
  EXPECT_EQ(table_.rest_longest(), 0);  // None says how far it is and how long that took.
  IndexEntry job = entry("e-running", JobState::running, kNow);
  job.durable = kNow;
  job.fraction = 0.5;
  job.spent.useful = 60'000;
  table_.add(job);
  job.job = "f-waiting";
  job.state = JobState::waiting;
  job.spent.useful = 90'000;
  table_.add(job);
  table_.finish(kNow);
  EXPECT_DOUBLE_EQ(table_.rest_longest(), 90);
}

TEST_F(JobTableTest, SaysWhatIsAtRiskAndWhoDidWhat) {
  EXPECT_EQ(table_.at_risk().job, "c-running");
  EXPECT_EQ(table_.at_risk().seconds, 90u);
  EXPECT_EQ(table_.spent().useful, 5000u);
  EXPECT_EQ(table_.workers().at("w1").running, 1u);
  EXPECT_EQ(table_.reasons().at("failed"), 1u);
  const auto ended = table_.ended_by(kNow - 60, 30, 2);
  EXPECT_EQ(ended[0].completed, 1u);
  EXPECT_EQ(ended[1].completed, 1u);
  EXPECT_EQ(ended[1].dead, 1u);
}

}  // namespace
}  // namespace holdfast
