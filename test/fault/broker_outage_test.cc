// The broker goes away under running workers: that costs no attempt and no step.
#include "fault/ownership_fixture.h"

namespace holdfast::test {
namespace {

class BrokerOutageTest : public OwnershipFixture {
 protected:
  static constexpr int kSteps = 80;

  BrokerOutageTest() { fleet_.environment["SLOW_SUM_STEP_MS"] = "300"; }

  void start_workers(int count) {
    fleet_.submit(fleet_.queue(), count, kSteps);
    for (int i = 0; i < count; ++i) {
      workers_.push_back(fleet_.start_worker("w" + std::to_string(i), {"--until-empty"}));
    }
    for (const auto& worker : workers_) {
      ASSERT_TRUE(worker->says("generation=1 ", kLong)) << worker->output();
    }
  }

  void control(const std::string& variable, const std::string& word) const {
    const std::string suffix = newer_broker(GetParam()) ? "4" : "";
    Program program({from_services(variable + suffix), word}, fleet_.environment);
    EXPECT_EQ(program.ends(kLong), 0) << program.output();
  }

  // Each job was done in one attempt, and no step of it twice.
  void expect_nothing_was_lost() {
    std::string said;
    for (const auto& worker : workers_) {
      EXPECT_EQ(worker->ends(2 * kLong), 0) << worker->output();
      said += worker->output();
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const std::string name = job(static_cast<int>(i));
      expect_completed(name, kSteps);
      EXPECT_EQ(newest(name).attempt.value, 1u) << name;
      for (int step = 1; step <= kSteps; ++step) {
        EXPECT_EQ(times_done(said, name, step), 1u) << name << ", step " << step;
      }
    }
    expect_nothing_left();
  }

  std::vector<std::unique_ptr<Program>> workers_;
};

INSTANTIATE_TEST_SUITE_P(Brokers, BrokerOutageTest, testing::ValuesIn(kBrokers), broker_name);

TEST_P(BrokerOutageTest, ABrokerThatRestartsUnderManyRunningTasksRestartsNoneOfThem) {
  start_workers(long_test() ? 50 : 8);
  control("HOLDFAST_TEST_RABBITMQCTL", "stop_app");
  control("HOLDFAST_TEST_RABBITMQCTL", "start_app");
  expect_nothing_was_lost();
}

TEST_P(BrokerOutageTest, ABrokerThatIsKilledUnderRunningTasksAndComesBackCostsNothing) {
  start_workers(4);
  control("HOLDFAST_TEST_BROKER_CONTROL", "kill");
  control("HOLDFAST_TEST_BROKER_CONTROL", "start");
  expect_nothing_was_lost();
}

}  // namespace
}  // namespace holdfast::test
