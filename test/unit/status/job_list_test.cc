#include "status/job_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "joblog/job_log.h"

namespace holdfast {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kNow = 1'795'000'000;

class JobListTest : public ::testing::Test {
 protected:
  JobListTest() {
    add({.job = "a",
         .number = 2,
         .state = JobState::running,
         .attempt = 1,
         .fraction = 0.5,
         .changed = kNow - 50,
         .durable = kNow - 40,
         .worker = "pc-1"});
    add({.job = "b",
         .number = 2,
         .state = JobState::running,
         .attempt = 7,
         .fraction = 0.1,
         .changed = kNow - 10,
         .durable = kNow - 900,
         .worker = "pc-2"});
    add({.job = "c",
         .number = 5,
         .state = JobState::dead,
         .attempt = 3,
         .changed = kNow - 5,
         .reason = "failed",
         .worker = "pc-1"});
    add({.job = "d",
         .number = 3,
         .state = JobState::completed,
         .attempt = 1,
         .changed = kNow - 3000,
         .worker = "pc-3"});
  }

  void add(const IndexEntry& entry) { index_.note(entry, std::nullopt, clock_.now() + 1s); }

  std::vector<std::string> ids(const JobFilter& filter, JobOrder order, std::size_t count_max = 9) {
    list_ = list_jobs(index_, nullptr, {filter, order, count_max, kNow});
    std::vector<std::string> ids;
    for (const IndexEntry& entry : list_.jobs) ids.push_back(entry.job);
    return ids;
  }

  MemoryStore store_;
  ManualClock clock_;
  JobIndex index_{store_, clock_, FleetLayout("jobs")};
  JobOverview list_;
};

TEST_F(JobListTest, CountsAreOfAllJobsWhateverIsAskedFor) {
  EXPECT_THAT(ids({.states = {JobState::dead}}, JobOrder::id), ElementsAre("c"));
  EXPECT_EQ(list_.matching, 1U);
  EXPECT_EQ(list_.counts.running, 2U);
  EXPECT_EQ(list_.counts.completed, 1U);
  EXPECT_EQ(list_.counts.dead, 1U);
  EXPECT_EQ(list_.counts.all(), 4U);
}

TEST_F(JobListTest, WhatNoCheckpointHoldsIsAtRisk) {
  ids({}, JobOrder::id);
  EXPECT_EQ(list_.at_risk.seconds, 940U);
  EXPECT_EQ(list_.at_risk.seconds_most, 900);
  EXPECT_EQ(list_.at_risk.job, "b");
}

TEST_F(JobListTest, AJobThatSeemsToRunForLongIsLookedUpInItsLog) {
  const auto job = *JobId::parse("b");
  const auto append = [&](const JobLog::Step& step) {
    JobLog log(store_, clock_, job);
    static_cast<void>(log.read(clock_.now() + 1s));
    ASSERT_EQ(log.append_as_claimant(step, clock_.now() + 1s), AppendOutcome::appended);
  };
  append([](const auto& newest) { return claimed(newest, {"id", "pc-2", "message"}); });
  for (int i = 0; i < 2; ++i) {
    append([](const auto& newest) {
      return handed_back(*newest, {{1}, Ending::interrupted, "pc-2", "", ""});
    });
    append([](const auto& newest) { return claimed(newest, {"id", "pc-2", "message"}); });
  }
  append([](const auto& newest) { return cancelled(*newest, "ann", ""); });
  ids({}, JobOrder::id);
  EXPECT_FALSE(mend_stale(list_, index_, store_, clock_, kNow)) << "it was noted a moment ago";
  EXPECT_TRUE(mend_stale(list_, index_, store_, clock_, kNow + kStaleSeconds));
  EXPECT_THAT(ids({.states = {JobState::cancelled}}, JobOrder::id), ElementsAre("b"));
  EXPECT_EQ(list_.counts.running, 1U);
  EXPECT_FALSE(mend_stale(list_, index_, store_, clock_, kNow + kStaleSeconds)) << "once is enough";
}

TEST_F(JobListTest, FiltersAreTakenTogether) {
  EXPECT_THAT(ids({.worker = "pc-1"}, JobOrder::id), ElementsAre("a", "c"));
  EXPECT_THAT(ids({.reason = "failed", .worker = "pc-1"}, JobOrder::id), ElementsAre("c"));
  EXPECT_THAT(ids({.text = "d"}, JobOrder::id), ElementsAre("d"));
  EXPECT_THAT(ids({.text = "nowhere"}, JobOrder::id), IsEmpty());
}

TEST_F(JobListTest, EachOrderPutsFirstWhatItIsNamedAfter) {
  EXPECT_THAT(ids({}, JobOrder::id), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(ids({}, JobOrder::changed), ElementsAre("c", "b", "a", "d"));
  EXPECT_THAT(ids({}, JobOrder::lag, 2), ElementsAre("b", "a"));
  EXPECT_THAT(ids({}, JobOrder::progress, 2), ElementsAre("a", "b"));
  EXPECT_THAT(ids({}, JobOrder::attempts, 2), ElementsAre("b", "c"));
  EXPECT_EQ(list_.matching, 4U);
}

TEST_F(JobListTest, FewCompletionsCountFromTheStartOfTheFirst) {
  add({.job = "e",
       .number = 3,
       .state = JobState::completed,
       .changed = kNow - 100,
       .ran_seconds = 3100});
  ids({}, JobOrder::id);
  EXPECT_EQ(list_.throughput.completed, 2U);
  EXPECT_EQ(list_.throughput.window_seconds, 3200);
}

TEST_F(JobListTest, OfManyTheNewestSayHowFastItGoesNow) {
  for (int i = 0; i < 300; ++i) {
    add({.job = "fast-" + std::to_string(i),
         .number = 3,
         .state = JobState::completed,
         .changed = kNow - 3 * i});
  }
  ids({}, JobOrder::id);
  EXPECT_EQ(list_.throughput.completed, 99U);
  EXPECT_EQ(list_.throughput.window_seconds, 297);
}

TEST_F(JobListTest, WhatWasCompletedLongAgoSaysNothing) {
  list_ = list_jobs(index_, nullptr, {.now = kNow + 24 * 3600});
  EXPECT_EQ(list_.throughput.completed, 0U);
}

// The index tells of progress every five minutes: of few, the logs are read.
TEST_F(JobListTest, OfFewRunningJobsTheLogsSayHowFarTheyAre) {
  std::set<std::string> read;
  const ReadLog read_log = [&](IndexEntry entry) {
    read.insert(entry.job);
    entry.fraction = 0.75;
    return entry;
  };
  const auto progress = [&] {
    list_ = list_jobs(index_, nullptr, {{}, JobOrder::id, 100, kNow}, read_log);
    std::set<std::optional<double>> seen;
    for (const IndexEntry& entry : list_.running) seen.insert(entry.fraction);
    return seen;
  };
  EXPECT_EQ(progress(), (std::set<std::optional<double>>{0.75}));
  EXPECT_EQ(read.size(), list_.counts.running);
  EXPECT_EQ(list_.counts.completed, 1U);
  read.clear();
  const std::uint64_t before = list_.counts.running;
  for (std::size_t i = 0; i < kFewRunning; ++i) {
    add({.job = "more-" + std::to_string(i),
         .number = 1,
         .state = JobState::running,
         .attempt = 1,
         .fraction = 0.25,
         .changed = kNow,
         .worker = "pc-4"});
  }
  EXPECT_FALSE(progress().contains(0.75));
  EXPECT_TRUE(read.empty());
  EXPECT_EQ(list_.counts.running, before + kFewRunning);
}

TEST(ForecastTest, SaysWhenTheRestIsDoneWithABand) {
  const auto when = forecast({100, 3600}, 50);
  ASSERT_TRUE(when);
  EXPECT_DOUBLE_EQ(when->per_hour, 100);
  EXPECT_DOUBLE_EQ(when->seconds, 1800);
  EXPECT_NEAR(when->seconds_low, 1800 / 1.128, 1);
  EXPECT_NEAR(when->seconds_high, 1800 / 0.872, 1);
}

TEST(ForecastTest, IsNotBeforeTheJobThatNeedsTheMost) {
  const auto when = forecast({100, 3600}, 50, 1900);
  ASSERT_TRUE(when);
  EXPECT_DOUBLE_EQ(when->per_hour, 100);
  EXPECT_DOUBLE_EQ(when->seconds_low, 1900);
  EXPECT_DOUBLE_EQ(when->seconds, 1900);
  EXPECT_NEAR(when->seconds_high, 1800 / 0.872, 1);
}

TEST(ForecastTest, AJobGoesOnAsFastAsItDid) {
  IndexEntry job{.job = "a", .state = JobState::running, .fraction = 0.25};
  job.durable = 1000;
  job.spent.useful = 100'000;
  job.spent.lost = 900'000;  // It made no progress.
  EXPECT_DOUBLE_EQ(rest_of(job, 1040), 260);
  EXPECT_DOUBLE_EQ(rest_of(job, 9000), 0);  // Slower than it was.
  job.state = JobState::waiting;
  EXPECT_DOUBLE_EQ(rest_of(job, 9000), 300);
  job.state = JobState::dead;
  EXPECT_DOUBLE_EQ(rest_of(job, 1000), 0);
  job.state = JobState::running;
  job.fraction = 0.001;
  EXPECT_DOUBLE_EQ(rest_of(job, 1000), 0);
}

TEST(ForecastTest, SaysNothingWhereNothingCompleted) {
  EXPECT_EQ(forecast({0, 3600}, 50), std::nullopt);
}

}  // namespace
}  // namespace holdfast
