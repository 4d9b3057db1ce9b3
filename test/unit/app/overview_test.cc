// What status says of a store.
#include <set>

#include <gtest/gtest.h>

#include "base/wall_time.h"
#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"
#include "status/each_job.h"
#include "status/job_list.h"
#include "status/job_status.h"
#include "status/unfit_workers.h"
#include "worker/lifetimes.h"

namespace holdfast {
namespace {

constexpr Duration kSoon = std::chrono::seconds(1);

class OverviewTest : public testing::Test {
 protected:
  JobId id(const std::string& text) { return *JobId::parse(text); }

  void append(const std::string& job, const JobLog::Step& step) {
    JobLog log(store_, clock_, id(job));
    static_cast<void>(log.read(clock_.now() + kSoon));
    ASSERT_EQ(log.append_as_claimant(step, clock_.now() + kSoon), AppendOutcome::appended);
  }
  void claim(const std::string& job) {
    append(job, [](const auto& newest) {
      return claimed(newest, {"attempt-id", "worker-1", "message-1"});
    });
  }
  void complete(const std::string& job, const std::string& outputs = std::string(64, 'c')) {
    append(job, [&outputs](const auto& newest) {
      return completed(*newest, outputs, {1.0, 12, "done"}, note(Ending::finished, "finished"));
    });
  }
  static EndingNote note(Ending ending, const std::string& detail) {
    return {{1}, ending, "worker-1", detail, "2026-01-31T00:00:00Z"};
  }
  JobOverview count() {
    const JobQuestion question{
        .now = std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch())
                   .count()};
    return list_jobs_by_logs(store_, clock_, question, [](std::uint64_t) { return true; });
  }

  ManualClock clock_;
  MemoryStore store_;
};

TEST_F(OverviewTest, EveryJobIsCountedUnderItsNewestState) {
  for (const char* job : {"a", "b", "c", "d"}) claim(job);
  complete("b");
  append("c",
         [](const auto& newest) { return dead(*newest, "refused", note(Ending::refused, "no")); });
  append("d", [](const auto& newest) {
    return handed_back(*newest, note(Ending::interrupted, "drained"));
  });
  store_.put(StoreLayout(id("e")).job(), "{}", sha256("{}"), clock_.now() + kSoon);
  const JobOverview list = count();
  EXPECT_EQ(list.counts.running, 1u);
  EXPECT_EQ(list.counts.completed, 1u);
  EXPECT_EQ(list.counts.dead, 1u);
  EXPECT_EQ(list.counts.waiting, 1u);
  EXPECT_EQ(list.counts.all(), 4u);
  EXPECT_EQ(list.without_log, 1u);
}

TEST_F(OverviewTest, ManyJobsAreCountedOverSeveralPages) {
  constexpr int kJobs = 1234;
  for (int i = 0; i < kJobs; ++i) claim("job-" + std::to_string(i));
  int told = 0;
  const JobOverview list = list_jobs_by_logs(store_, clock_, {}, [&](std::uint64_t) {
    ++told;
    return true;
  });
  EXPECT_EQ(list.counts.running, std::uint64_t{kJobs});
  EXPECT_EQ(told, 3);
}

TEST_F(OverviewTest, ADamagedLogHidesNoOtherJob) {
  claim("a");
  claim("b");
  store_.damage(StoreLayout(id("a")).record(1), "rubbish");
  const JobOverview list = count();
  EXPECT_EQ(list.damaged, 1u);
  EXPECT_EQ(list.counts.running, 1u);
}

TEST_F(OverviewTest, EachJobIsVisitedOnceUntilThatIsEnough) {
  constexpr int kJobs = 600;
  for (int i = 0; i < kJobs; ++i) claim("job-" + std::to_string(i));
  store_.damage(StoreLayout(id("a-damaged")).record(1), "rubbish");
  store_.put(StoreLayout(id("a")).job(), "{}", sha256("{}"), clock_.now() + kSoon);
  std::set<std::string> seen;
  int damaged = 0;
  int without_log = 0;
  const auto visit = [&](const FoundJob& job) {
    EXPECT_TRUE(seen.insert(job.id->text()).second);
    damaged += job.damage.empty() ? 0 : 1;
    without_log += job.damage.empty() && !job.newest ? 1 : 0;
  };
  for_each_job(store_, clock_, visit, [] { return true; });
  EXPECT_EQ(seen.size(), std::size_t{kJobs} + 2);
  EXPECT_EQ(damaged, 1);
  EXPECT_EQ(without_log, 1);
  seen.clear();
  for_each_job(store_, clock_, visit, [] { return false; });
  EXPECT_EQ(seen.size(), 500u) << "it goes on, though asked not to";
}

TEST_F(OverviewTest, AStoreOutOfReachIsNoEmptyStore) {
  claim("a");
  store_.go_away();
  EXPECT_THROW(count(), Error);
}

TEST_F(OverviewTest, AJobWithoutALogIsUnclaimed) {
  const JobStatus status = look_at_job(store_, clock_, id("nobody"));
  EXPECT_NE(to_json(status).find(R"("state":"unclaimed")"), std::string::npos);
  EXPECT_NE(for_people(status).find("unclaimed"), std::string::npos);
}

TEST_F(OverviewTest, AJobsJsonHasItsDocumentedKeys) {
  claim("a");
  append("a", [](const auto& newest) {
    return checkpointed(*newest, {{1}, {1}, std::string(64, 'a'), 21}, {0.5, 6, "half"}, 2);
  });
  append("a", [](const auto& newest) {
    return handed_back(*newest, note(Ending::failed, "exit code 3"));
  });
  const std::string json = to_json(look_at_job(store_, clock_, id("a")));
  for (const char* part :
       {R"("job_id":"a")", R"("state":"waiting")", R"("attempt":1)", R"("generation":1)",
        R"("worker":"worker-1")", R"("progress":{"fraction":0.5,"step":6,"status":"half"})",
        R"("endings":[{"attempt":1,"ending":"failed","worker":"worker-1","detail":"exit code 3")",
        R"("checkpoints":[{"generation":1,"attempt":1,"bytes":21}])", R"("results":[])"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
  }
}

TEST_F(OverviewTest, ACompletedJobsResultsAreListed) {
  claim("a");
  Output result;
  result.path = "result.txt";
  result.size_bytes = 2;
  result.digest = std::string(64, 'b');
  OutputList list;
  list.outputs = {result};
  const std::string outputs = to_json(list);
  store_.put(StoreLayout(id("a")).attempt_outputs_manifest({1}), outputs, sha256(outputs),
             clock_.now() + kSoon);
  complete("a", sha256(outputs).hex());
  const JobStatus status = look_at_job(store_, clock_, id("a"));
  EXPECT_NE(to_json(status).find(R"("results":[{"name":"result.txt","bytes":2,)"),
            std::string::npos);
  EXPECT_NE(for_people(status).find("a/result.txt, 2 bytes"), std::string::npos);
}

TEST_F(OverviewTest, ARunningJobSaysHowFarWhatIsStoredLagsBehind) {
  claim("a");
  Progress progress;
  progress.as_of = to_text(clock_.wall() - std::chrono::minutes(5));
  append("a", [&](const auto& newest) {
    return checkpointed(*newest, {{1}, {1}, std::string(64, 'a'), 21}, progress, 2);
  });
  const JobStatus status = look_at_job(store_, clock_, id("a"));
  EXPECT_EQ(status.lag_seconds, 300u);
  EXPECT_NE(to_json(status).find(R"("lag_seconds":300)"), std::string::npos);
  EXPECT_NE(for_people(status).find("the work of the last 5 min"), std::string::npos);
  const JobOverview list = count();
  EXPECT_EQ(list.at_risk.job, "a");
  EXPECT_EQ(list.at_risk.seconds_most, 300);
}

TEST_F(OverviewTest, AJobThatDoesNotRunHasNoLag) {
  claim("a");
  append("a", [](const auto& newest) {
    return handed_back(*newest, note(Ending::interrupted, "drained"));
  });
  EXPECT_FALSE(look_at_job(store_, clock_, id("a")).lag_seconds.has_value());
  EXPECT_EQ(count().at_risk.job, "");
}

TEST_F(OverviewTest, WhatBelongsToTheFleetIsNoJob) {
  Lifetimes(store_, FleetLayout("jobs")).note("ab", {60, true}, clock_.now() + kSoon);
}

TEST_F(OverviewTest, WhoCancelledAJobOrBroughtItBackIsSaid) {
  append("a", [](const auto& newest) { return cancelled(newest, "ann@desk", ""); });
  const JobStatus ended = look_at_job(store_, clock_, id("a"));
  EXPECT_NE(for_people(ended).find("a: cancelled by ann@desk\n"), std::string::npos)
      << for_people(ended);
  EXPECT_EQ(for_people(ended).find("attempt      0"), std::string::npos);
  EXPECT_NE(to_json(ended).find(R"("by":"ann@desk")"), std::string::npos);

  claim("b");
  append("b", [](const auto& newest) {
    return dead(*newest, "failed", note(Ending::failed, "exit code 3"));
  });
  EXPECT_NE(for_people(look_at_job(store_, clock_, id("b"))).find("holdfast dead requeue"),
            std::string::npos);
  append("b", [](const auto& newest) { return redriven(*newest, "ann@desk", ""); });
  const JobStatus back = look_at_job(store_, clock_, id("b"));
  EXPECT_NE(for_people(back).find("b: waiting, requeued by ann@desk\n"), std::string::npos)
      << for_people(back);
  EXPECT_NE(for_people(back).find("attempt 1: failed, exit code 3"), std::string::npos);
}

TEST_F(OverviewTest, WorkersThatTakeNoMoreJobsAreListedAndNoJobs) {
  EXPECT_TRUE(unfit_workers(store_, clock_).empty());
  const std::string notice = to_json(UnfitNotice{"pc-7", "three jobs failed here", "now"});
  store_.put(unfit_notice_key("pc-7"), notice, sha256(notice), clock_.now() + kSoon);
  store_.put(unfit_notice_key("pc-8"), "rubbish", sha256("rubbish"), clock_.now() + kSoon);
  const auto unfit = unfit_workers(store_, clock_);
  ASSERT_EQ(unfit.size(), 2u);
  EXPECT_EQ(unfit[0].worker, "pc-7");
  EXPECT_EQ(unfit[0].reason, "three jobs failed here");
  EXPECT_EQ(count().counts.all(), 0u);
  const std::string told = for_people(unfit);
  EXPECT_NE(told.find("Workers that take no more jobs\n  pc-7: three jobs failed here (now)\n"),
            std::string::npos)
      << told;
  EXPECT_EQ(for_people(std::vector<UnfitNotice>()), "");
}

}  // namespace
}  // namespace holdfast
