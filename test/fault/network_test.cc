// A node whose cable is pulled: its packets are dropped, nobody resets anything, and everybody has
// to find out by himself. The worker runs in a network of its own.
#include <signal.h>

#include "fault/network_namespace.h"
#include "fault/ownership_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class NetworkTest : public OwnershipFixture {
 protected:
  NetworkTest() {
    // The shortest heartbeat: a broker gives up a silent worker after 10 to 15 s.
    fleet_.environment["AMQP_URL"] += "?heartbeat=5";
    broker_ = proxy_of("AMQP_URL", "127.0.0.1");
    store_ = proxy_of("R2_S3_ENDPOINT_URL", "127.0.0.1");
    fleet_.environment["SLOW_SUM_STEP_MS"] = "500";
  }

  // A worker on the other side of the cable.
  std::unique_ptr<Program> start_cut_off_worker() {
    const std::map<std::string, std::string> near = fleet_.environment;
    broker_inside_ = proxy_of("AMQP_URL", network_.outside());
    store_inside_ = proxy_of("R2_S3_ENDPOINT_URL", network_.outside());
    std::vector<std::string> words = network_.entry();
    words.insert(words.end(), {from_services("HOLDFAST_TEST_PROGRAM"), "work", "--worker", "far",
                               "--work-dir", (fleet_.folder() / "far").string(), "--patience", "2s",
                               "--checkpoint-pause", "100ms", "--", SLOW_SUM});
    auto worker = std::make_unique<Program>(words, fleet_.environment);
    fleet_.environment = near;
    return worker;
  }

  static void expect_drained(Program& worker) {
    worker.signal(SIGTERM);
    EXPECT_EQ(worker.ends(kSoon), 0) << worker.output();
  }

  NetworkNamespace network_;
  std::unique_ptr<FaultProxy> broker_;
  std::unique_ptr<FaultProxy> store_;
  std::unique_ptr<FaultProxy> broker_inside_;
  std::unique_ptr<FaultProxy> store_inside_;
};

INSTANTIATE_TEST_SUITE_P(Brokers, NetworkTest, testing::ValuesIn(kBrokers), broker_name);

TEST_P(NetworkTest, AWorkerCutOffFromItsBrokerKeepsItsJobWhileTheStoreHearsIt) {
  constexpr int kSteps = 60;
  fleet_.patience = "10s";  // A busy machine's answer may take its time.
  fleet_.submit(fleet_.queue(), 1, kSteps);
  const auto far = start_cut_off_worker();
  ASSERT_TRUE(far->says("generation=2", kSoon)) << far->output();
  network_.drop(broker_inside_->port());
  // The broker gives the message to another worker, which asks and is answered, or sees a sign of
  // life before it could ask.
  const auto near = fleet_.start_worker("near");
  ASSERT_TRUE(near->says("job parked", kSoon)) << near->output();
  network_.heal();
  ASSERT_TRUE(far->says("job completed", kLong)) << far->output();
  expect_drained(*near);
  expect_completed(job(0), kSteps);
  EXPECT_EQ(newest(job(0)).attempt.value, 1u) << near->output();
  for (int step = 1; step <= kSteps; ++step) {
    EXPECT_EQ(times_done(far->output() + near->output(), job(0), step), 1u) << step;
  }
  expect_nothing_left();
}

TEST_P(NetworkTest, AWorkerCutOffFromItsStoreComputesOnAndLosesNothing) {
  constexpr int kSteps = 16;
  fleet_.submit(fleet_.queue(), 1, kSteps);
  const auto far = start_cut_off_worker();
  ASSERT_TRUE(far->says("generation=2", kSoon)) << far->output();
  network_.drop(store_inside_->port());
  ASSERT_TRUE(far->says("Step 12,", kSoon)) << far->output();
  network_.heal();
  ASSERT_TRUE(far->says("job completed", kLong)) << far->output();
  expect_completed(job(0), kSteps);
  EXPECT_EQ(newest(job(0)).attempt.value, 1u);
  for (int step = 1; step <= kSteps; ++step) {
    EXPECT_EQ(times_done(far->output(), job(0), step), 1u) << step;
  }
}

TEST_P(NetworkTest, AWorkerCutOffFromBothIsReplacedAndHarmlessWhenItComesBack) {
  constexpr int kSteps = 60;
  fleet_.submit(fleet_.queue(), 1, kSteps);
  const auto far = start_cut_off_worker();
  ASSERT_TRUE(far->says("generation=2", kSoon)) << far->output();
  network_.drop(broker_inside_->port());
  network_.drop(store_inside_->port());
  fleet_.environment["SLOW_SUM_STEP_MS"] = "50";
  const auto near = fleet_.start_worker("near");
  ASSERT_TRUE(near->says("attempt=2", kSoon)) << near->output();
  network_.heal();
  EXPECT_TRUE(far->says("attempt superseded", kSoon)) << far->output();
  EXPECT_TRUE(all_gone(job(0), 1, 10s)) << far->output();
  ASSERT_TRUE(near->says("job completed", kLong)) << near->output();
  expect_drained(*near);
  expect_completed(job(0), kSteps);
  EXPECT_EQ(newest(job(0)).worker, "near");
  EXPECT_EQ(newest(job(0)).attempt.value, 2u);
  expect_nothing_left();
}

}  // namespace
}  // namespace holdfast::test
