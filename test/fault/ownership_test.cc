// Who owns a job, with real workers and brokers: twins and cancelled tasks. Owners that freeze or
// are cut off: interruption_test.cc, network_test.cc.
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/transition.h"
#include "fleet_fixture.h"
#include "joblog/job_log.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class OwnershipTest : public testing::TestWithParam<const char*> {
 protected:
  std::string job(int i) const { return fleet_.queue() + "-" + std::to_string(i); }
  std::string list() const { return (fleet_.folder() / (fleet_.queue() + ".csv")).string(); }

  Record newest_record(const std::string& name) const {
    JobLog log(fleet_.store(), clock_, *JobId::parse(name));
    return log.read(clock_.now() + kSoon).value();
  }
  void cancel(const std::string& name) const {
    JobLog log(fleet_.store(), clock_, *JobId::parse(name));
    log.read(clock_.now() + kSoon);
    ASSERT_EQ(
        log.append_as_claimant([](const auto& newest) { return cancelled(newest, "anna", "now"); },
                               clock_.now() + kSoon),
        AppendOutcome::appended);
  }
  // Whether a process of the task that `worker` runs is alive.
  bool task_alive(const std::string& worker) const {
    const std::string mark = "HOLDFAST_JOB_FILE=" + (fleet_.folder() / worker).string();
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
      std::ifstream file(process.path() / "environ", std::ios::binary);
      const std::string environment{std::istreambuf_iterator<char>(file), {}};
      if (environment.find(mark) != std::string::npos) return true;
    }
    return false;
  }
  bool task_gone(const std::string& worker, Duration time) const {
    const TimePoint until = clock_.now() + time;
    while (task_alive(worker)) {
      if (clock_.now() >= until) return false;
      SystemClock().wait_until(clock_.now() + 50ms);
    }
    return true;
  }

  SystemClock clock_;
  Fleet fleet_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Brokers, OwnershipTest, testing::ValuesIn(kBrokers),
                         [](const auto& broker) {
                           const bool newer =
                               std::string(broker.param).find('4') != std::string::npos;
                           return std::string(newer ? "RabbitMQ4" : "RabbitMQ3");
                         });

TEST_P(OwnershipTest, ATwinOfARunningJobIsParkedAndTheSlotRunsAnother) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 60);
  const auto first = fleet_.start_worker("first", {"--watch-every", "500ms"});
  ASSERT_TRUE(first->says("job claimed", kSoon)) << first->output();
  fleet_.run({"submit", "--again", list()});
  fleet_.submit(fleet_.queue() + "-other", 1, 3);

  const auto second = fleet_.start_worker("second", {"--until-empty"});
  ASSERT_TRUE(second->says("job parked job=" + job(0), kSoon)) << second->output();
  ASSERT_TRUE(second->says("job completed job=" + fleet_.queue() + "-other-0", kSoon))
      << second->output();
  EXPECT_EQ(newest_record(job(0)).state, JobState::running) << "the twin was to wait meanwhile";
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_NE(second->output().find("settlement=complete"), std::string::npos) << second->output();
  EXPECT_EQ(newest_record(job(0)).attempt.value, 1u);
  EXPECT_EQ(fleet_.object(job(0) + "/result.txt"), sum_to(60));
  first->signal(SIGTERM);
  EXPECT_EQ(first->ends(kSoon), 0) << first->output();
  EXPECT_EQ(fleet_.start_worker("last", {"--until-empty"})->ends(kSoon), 0);
}

TEST_P(OwnershipTest, ACancelledTaskThatDoesNotCareIsGoneWithinHalfAMinute) {
  const bool slow = std::getenv("HOLDFAST_TEST_LONG") != nullptr;
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 1);
  std::vector<std::string> words{"work", "--worker", "first", "--work-dir",
                                 (fleet_.folder() / "first").string()};
  if (!slow) words.insert(words.end(), {"--watch-every", "1s", "--grace", "2s"});
  words.insert(words.end(), {"--", "/bin/sh", "-c", "trap '' TERM; while :; do sleep 1; done"});
  const auto first = fleet_.start(words);
  ASSERT_TRUE(first->says("job claimed", kSoon)) << first->output();
  while (!task_alive("first")) SystemClock().wait_until(clock_.now() + 50ms);
  cancel(job(0));
  EXPECT_TRUE(task_gone("first", 30s)) << first->output();
  ASSERT_TRUE(first->says("job cancelled job=" + job(0), kSoon)) << first->output();
  first->signal(SIGTERM);
  EXPECT_EQ(first->ends(kSoon), 0) << first->output();
  EXPECT_EQ(newest_record(job(0)).kind, RecordKind::cancelled);
  const auto last = fleet_.start_worker("last", {"--until-empty"});
  EXPECT_EQ(last->ends(kSoon), 0) << last->output();
  EXPECT_EQ(last->output().find("job="), std::string::npos) << last->output();
}

}  // namespace
}  // namespace holdfast::test
