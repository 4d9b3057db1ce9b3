// Who owns a job, under signals, storms of the store and interruptions without end: real workers,
// real brokers, a real S3 server.
#include <signal.h>

#include "adapters/http/endpoint.h"
#include "fakes/http_fault_proxy.h"
#include "fault/ownership_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class InterruptionTest : public OwnershipFixture {};

INSTANTIATE_TEST_SUITE_P(Brokers, InterruptionTest, testing::ValuesIn(kBrokers), broker_name);

// The worker stands still while its task goes on: nobody can tell it from a dead one.
TEST_P(InterruptionTest, AFrozenWorkerThatWakesIsSupersededAndNothingOfItsTaskIsLeft) {
  const auto broker = proxy_of("AMQP_URL", "127.0.0.1");
  fleet_.submit(fleet_.queue(), 1, 25);
  // A child that leaves its process group and ignores what asks it to end.
  const auto frozen = fleet_.start_worker_of(
      "frozen",
      {"/bin/sh", "-c", "setsid sh -c 'trap \"\" TERM HUP; sleep 1000' & exec " SLOW_SUM});
  ASSERT_TRUE(frozen->says("generation=3", kSoon)) << frozen->output();
  ASSERT_GE(processes_of(job(0), 1).size(), 3u) << frozen->output();
  frozen->signal(SIGSTOP);
  broker->cut();

  const auto next = fleet_.start_worker("next", {"--until-empty"});
  ASSERT_TRUE(next->says("attempt=2", kSoon)) << next->output();
  ASSERT_TRUE(next->says("Step", kSoon)) << next->output();
  frozen->signal(SIGCONT);
  // Without a broker an owner looks every 1.5 s.
  EXPECT_TRUE(frozen->says("attempt superseded", 5s)) << frozen->output();
  EXPECT_TRUE(all_gone(job(0), 1, 5s)) << frozen->output();
  EXPECT_EQ(next->ends(kLong), 0) << next->output();
  frozen->kill();

  expect_completed(job(0), 25);
  EXPECT_EQ(newest(job(0)).worker, "next");
  EXPECT_EQ(newest(job(0)).attempt.value, 2u);
}

TEST_P(InterruptionTest, AStormOf429And503CostsNoAttempt) {
  fleet_.submit(fleet_.queue(), 1, 40);
  const Endpoint server = parse_endpoint(fleet_.environment.at("R2_S3_ENDPOINT_URL"));
  HttpFaultProxy store(server.host, server.port);
  fleet_.environment["R2_S3_ENDPOINT_URL"] = store.url();
  const auto only = fleet_.start_worker("only", {"--until-empty"});
  ASSERT_TRUE(only->says("generation=2", kSoon)) << only->output();
  for (const int status : {429, 503, 500}) {
    store.add({{"", ""}, HttpFault::answer, status, 4});
    store.add({{"PUT", ""}, HttpFault::lose_answer, 0, 1});
  }
  store.add({{"", ""}, HttpFault::answer, 503, kAlways});
  ASSERT_TRUE(store.wait_for_hits(12, kSoon)) << only->output();
  ASSERT_TRUE(only->says("Step 35,", kSoon)) << only->output();
  store.heal();
  EXPECT_EQ(only->ends(kLong), 0) << only->output();
  expect_completed(job(0), 40);
  EXPECT_EQ(newest(job(0)).attempt.value, 1u);
  for (int step = 1; step <= 40; ++step) EXPECT_EQ(times_done(only->output(), job(0), step), 1u);
}

TEST_P(InterruptionTest, AJobThatIsKilledThirtyTimesWhileItMakesProgressCompletes) {
  const int kills = long_test() ? 30 : 12;  // More than the limits on attempts and on failures.
  fleet_.patience = "200ms";
  fleet_.environment["SLOW_SUM_STEP_MS"] = "50";
  const int steps = 3 * kills;
  fleet_.submit(fleet_.queue(), 1, steps);
  std::uint64_t generation = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const auto worker = fleet_.start_worker("w" + std::to_string(kill));
    const std::string next = "generation=" + std::to_string(generation + 1) + " bytes";
    ASSERT_TRUE(worker->says(next, kSoon)) << worker->output();
    worker->kill();
    generation = newest(job(0)).generation.value;
  }
  const auto last = fleet_.start_worker("last", {"--until-empty"});
  EXPECT_EQ(last->ends(kLong), 0) << last->output();
  expect_completed(job(0), steps);
  EXPECT_EQ(newest(job(0)).attempt.value, static_cast<std::uint64_t>(kills) + 1);
  expect_nothing_left();
}

TEST_P(InterruptionTest, AJobThatKillsItsWorkerTenTimesIsSetAsideWithThatReason) {
  fleet_.patience = "200ms";
  fleet_.submit(fleet_.queue(), 1, 5);
  // The task's parent is its guard, whose parent is the worker.
  const std::vector<std::string> killer{"/bin/sh", "-c",
                                        "echo its last words; sleep 1; "
                                        "kill -9 $(ps -o ppid= -p $PPID); sleep 1000"};
  constexpr int kAttempts = 10;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    const auto worker = fleet_.start_worker_of("w" + std::to_string(attempt), killer);
    ASSERT_EQ(worker->ends(kSoon), 128 + SIGKILL) << worker->output();
    EXPECT_EQ(newest(job(0)).attempt.value, static_cast<std::uint64_t>(attempt));
  }
  const auto last = fleet_.start_worker_of("last", killer, {"--until-empty"});
  EXPECT_EQ(last->ends(kSoon), 0) << last->output();
  EXPECT_EQ(newest(job(0)).state, JobState::dead);
  EXPECT_EQ(newest(job(0)).reason, "no_progress");
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
  EXPECT_NE(counts.find("\"dead\":1"), std::string::npos) << counts;
  const std::string shown = fleet_.run({"dead", "show", job(0)});
  EXPECT_NE(shown.find("its last words"), std::string::npos) << shown;
}

}  // namespace
}  // namespace holdfast::test
