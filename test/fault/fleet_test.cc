// Real workers, a real RabbitMQ, a real S3 server, real signals: what a fleet goes through.
#include <signal.h>

#include <cstdlib>
#include <random>

#include "core/job.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "fleet_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class FleetTest : public testing::TestWithParam<const char*> {
 protected:
  // Job ids differ from test to test, since all share one bucket.
  std::string job(int i) const { return fleet_.queue() + "-" + std::to_string(i); }

  Record newest_record(const std::string& job) const {
    const StoreLayout layout(*JobId::parse(job));
    const auto deadline = clock_.now() + kSoon;
    const auto first = fleet_.store().list(layout.log_prefix(), "", 1, deadline);
    return record_from_json(fleet_.object(first.at(0).key));
  }

  void expect_all_summed(int count, int steps) const {
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(fleet_.object(job(i) + "/result.txt"), sum_to(steps)) << job(i);
      EXPECT_EQ(newest_record(job(i)).state, JobState::completed) << job(i);
    }
  }

  void expect_nothing_left() const {
    const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
    EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
    EXPECT_NE(counts.find("\"dead\":0"), std::string::npos) << counts;
  }

  SystemClock clock_;
  Fleet fleet_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Brokers, FleetTest, testing::ValuesIn(kBrokers), [](const auto& broker) {
  return std::string(broker.param).find('4') == std::string::npos ? "RabbitMQ3" : "RabbitMQ4";
});

TEST_P(FleetTest, AListIsWorkedOffByWorkersThatAreKilledAgainAndAgain) {
  constexpr int kJobs = 8;
  constexpr int kSteps = 8;
  constexpr int kKills = 12;
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), kJobs, kSteps);

  std::mt19937 random(7);  // When to kill; how it meets the program differs each time anyway.
  std::vector<std::unique_ptr<Program>> workers(2);
  int started = 0;
  const auto start = [&](std::unique_ptr<Program>& worker) {
    worker = fleet_.start_worker("w" + std::to_string(started++), {"--until-empty"});
  };
  for (auto& worker : workers) start(worker);
  for (int kill = 0; kill < kKills; ++kill) {
    auto& worker = workers[random() % workers.size()];
    // Some are killed while they start, some in the middle of a job.
    worker->says("never printed", std::chrono::milliseconds(100 + random() % 900));
    worker->kill();
    start(worker);
  }
  for (auto& worker : workers) EXPECT_EQ(worker->ends(kLong), 0) << worker->output();
  // A job whose owner was killed last may have come back after both had seen an empty queue.
  EXPECT_EQ(fleet_.start_worker("last", {"--until-empty"})->ends(kLong), 0);
  expect_all_summed(kJobs, kSteps);
  expect_nothing_left();
}

TEST_P(FleetTest, AKilledWorkersJobGoesOnFromItsCheckpoint) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 20);
  {
    const auto first = fleet_.start_worker("first");
    ASSERT_TRUE(first->says("generation=5", kSoon)) << first->output();
    first->kill();
  }
  const auto second = fleet_.start_worker("second", {"--until-empty"});
  EXPECT_EQ(second->ends(kLong), 0);
  EXPECT_EQ(second->output().find("Starting step: 0"), std::string::npos) << second->output();
  EXPECT_NE(second->output().find("checkpoint restored"), std::string::npos);
  expect_all_summed(1, 20);
  EXPECT_EQ(newest_record(job(0)).attempt.value, 2u);
}

TEST_P(FleetTest, ADrainedWorkerHandsItsJobBackWithALastCheckpoint) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 20);
  const auto first = fleet_.start_worker("first");
  ASSERT_TRUE(first->says("generation=2", kSoon)) << first->output();
  first->signal(SIGTERM);
  EXPECT_EQ(first->ends(kSoon), 0) << first->output();
  const Record handed_back = newest_record(job(0));
  EXPECT_EQ(handed_back.state, JobState::waiting);
  EXPECT_EQ(handed_back.failures_since_progress, 0u);

  EXPECT_EQ(fleet_.start_worker("second", {"--until-empty"})->ends(kLong), 0);
  expect_all_summed(1, 20);
}

TEST_P(FleetTest, TheSameListSubmittedTwiceRunsEachJobOnce) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 2, 3);
  const auto list = (fleet_.folder() / (fleet_.queue() + ".csv")).string();
  const std::string again = fleet_.run({"submit", list});
  EXPECT_NE(again.find("0 jobs submitted"), std::string::npos) << again;
  fleet_.run({"submit", "--again", list});
  EXPECT_EQ(fleet_.start_worker("only", {"--until-empty"})->ends(kLong), 0);
  expect_all_summed(2, 3);
  EXPECT_EQ(newest_record(job(0)).attempt.value, 1u);
  expect_nothing_left();
}

TEST_P(FleetTest, ADamagedCheckpointIsSteppedOver) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 20);
  {
    const auto first = fleet_.start_worker("first");
    ASSERT_TRUE(first->says("generation=5", kSoon)) << first->output();
    first->kill();
  }
  // A byte of the newest checkpoint's manifest changes; its length does not.
  const CheckpointRef newest = newest_record(job(0)).checkpoints.at(0);
  const std::string key = StoreLayout(*JobId::parse(job(0)))
                              .manifest(newest.attempt, newest.generation, newest.manifest_digest);
  std::string bytes = fleet_.object(key);
  ASSERT_FALSE(bytes.empty());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  fleet_.store().put(key, bytes, sha256(bytes), clock_.now() + kSoon);

  const auto second = fleet_.start_worker("second", {"--until-empty"});
  EXPECT_EQ(second->ends(kLong), 0) << second->output();
  EXPECT_NE(second->output().find("checkpoint found damaged"), std::string::npos);
  EXPECT_EQ(second->output().find("Starting step: 0"), std::string::npos) << second->output();
  expect_all_summed(1, 20);
}

TEST_P(FleetTest, ABrokerThatRestartsUnderARunningTaskCostsNothing) {
  const bool newer = std::string(GetParam()).find('4') != std::string::npos;
  const std::string control =
      from_services(newer ? "HOLDFAST_TEST_RABBITMQCTL4" : "HOLDFAST_TEST_RABBITMQCTL");
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 40);
  const auto worker = fleet_.start_worker("only", {"--until-empty"});
  ASSERT_TRUE(worker->says("generation=2", kSoon)) << worker->output();
  EXPECT_EQ(Program({control, "stop_app"}, fleet_.environment).ends(kLong), 0);
  EXPECT_EQ(Program({control, "start_app"}, fleet_.environment).ends(kLong), 0);
  EXPECT_EQ(worker->ends(kLong), 0) << worker->output();
  expect_all_summed(1, 40);
  EXPECT_EQ(newest_record(job(0)).attempt.value, 1u) << worker->output();
  expect_nothing_left();
}

// Each message lies in the queue for a moment, for anybody to take.
TEST_P(FleetTest, ABrokerThatRestartsUnderManyWorkersRestartsNoTask) {
  const int workers_count = std::getenv("HOLDFAST_TEST_LONG") != nullptr ? 50 : 6;
  const int steps = workers_count * 10;  // Long enough for all to have begun.
  const bool newer = std::string(GetParam()).find('4') != std::string::npos;
  const std::string control =
      from_services(newer ? "HOLDFAST_TEST_RABBITMQCTL4" : "HOLDFAST_TEST_RABBITMQCTL");
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), workers_count, steps);
  std::vector<std::unique_ptr<Program>> workers;
  for (int i = 0; i < workers_count; ++i) {
    workers.push_back(fleet_.start_worker("w" + std::to_string(i), {"--until-empty"}));
  }
  for (const auto& worker : workers) {
    ASSERT_TRUE(worker->says("checkpoint committed", kLong)) << worker->output();
  }
  EXPECT_EQ(Program({control, "stop_app"}, fleet_.environment).ends(kLong), 0);
  EXPECT_EQ(Program({control, "start_app"}, fleet_.environment).ends(kLong), 0);
  for (const auto& worker : workers) EXPECT_EQ(worker->ends(kLong), 0) << worker->output();
  expect_all_summed(workers_count, steps);
  for (int i = 0; i < workers_count; ++i) {
    EXPECT_EQ(newest_record(job(i)).attempt.value, 1u) << job(i);
  }
  EXPECT_EQ(fleet_.start_worker("last", {"--until-empty"})->ends(kLong), 0);
  expect_nothing_left();
}

TEST_P(FleetTest, AStoreThatIsAwayWhenTheTaskEndsTurnsNoSuccessIntoAFailure) {
  const std::string control = from_services("HOLDFAST_TEST_S3_CONTROL");
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 6);
  const auto worker = fleet_.start_worker("only", {"--until-empty"});
  ASSERT_TRUE(worker->says("Step 3", kSoon)) << worker->output();
  EXPECT_EQ(Program({control, "stop-gateway"}, fleet_.environment).ends(kSoon), 0);
  const bool ended = worker->says("task ended", kSoon);
  const bool waits = worker->says("not stored", kSoon);
  EXPECT_EQ(Program({control, "start-gateway"}, fleet_.environment).ends(kSoon), 0);
  ASSERT_TRUE(ended && waits) << worker->output();
  EXPECT_EQ(worker->ends(kLong), 0) << worker->output();
  expect_all_summed(1, 6);
  EXPECT_EQ(newest_record(job(0)).attempt.value, 1u);
}

}  // namespace
}  // namespace holdfast::test
