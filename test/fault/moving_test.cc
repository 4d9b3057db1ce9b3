// A job that the guide's Python worker began, on queues made as in the guide, goes on with us.
#include <cstdlib>

#include "base/file.h"
#include "fleet_fixture.h"

namespace holdfast::test {
namespace {

class MovingTest : public testing::TestWithParam<const char*> {
 protected:
  Fleet fleet_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Brokers, MovingTest, testing::ValuesIn(kBrokers), [](const auto& broker) {
  return std::string(broker.param).find('4') == std::string::npos ? "RabbitMQ3" : "RabbitMQ4";
});

TEST_P(MovingTest, AJobBegunByTheGuidesWorkerGoesOnFromItsStep) {
  const std::string job = fleet_.queue() + "-guide";
  {
    Program python({"/usr/bin/python3", GUIDE_WORKER, job, "12", "0.1"}, fleet_.environment);
    ASSERT_TRUE(python.says("step 5 kept", kSoon)) << python.output();
    python.kill();
  }
  // The settings come from a file, as the guide's users have it.
  const auto file = fleet_.folder() / "worker.env";
  std::string lines;
  for (const auto& [name, value] : fleet_.environment) {
    if (name != "PATH" && name != "HOME") lines += name + "=" + value + "\n";
  }
  replace_file(file, lines);
  const std::map<std::string, std::string> bare{{"PATH", "/usr/bin:/bin"},
                                                {"SLOW_SUM_STEP_MS", "20"}};
  Program worker(
      {from_services("HOLDFAST_TEST_PROGRAM"), "work", "--env-file", file.string(), "--work-dir",
       (fleet_.folder() / "work").string(), "--until-empty", "--", SLOW_SUM},
      bare);
  EXPECT_EQ(worker.ends(kLong), 0) << worker.output();
  EXPECT_EQ(worker.output().find("Starting step: 0"), std::string::npos) << worker.output();
  EXPECT_NE(worker.output().find("Starting step:"), std::string::npos) << worker.output();
  EXPECT_EQ(fleet_.object(job + "/result.txt"), sum_to(12));
}

// The guide's queue gives a message up on its fourth return; with the guide's worker the job is
// gone then, from the queue and from the dead letters.
TEST_P(MovingTest, OnTheGuidesQueueAJobMayBeInterruptedMoreOftenThanItsDeliveryLimit) {
  const std::string job = fleet_.queue() + "-guide";
  {
    Program python({"/usr/bin/python3", GUIDE_WORKER, job, "100", "0.1"}, fleet_.environment);
    ASSERT_TRUE(python.says("step 2 kept", kSoon)) << python.output();
    python.kill();
  }
  const int kills = std::getenv("HOLDFAST_TEST_LONG") != nullptr ? 30 : 8;
  fleet_.patience = "200ms";
  for (int kill = 1; kill <= kills; ++kill) {
    const auto worker = fleet_.start_worker("w" + std::to_string(kill));
    ASSERT_TRUE(worker->says("generation=" + std::to_string(2 * kill), kSoon)) << worker->output();
    worker->kill();
  }
  const auto last = fleet_.start_worker("last", {"--until-empty"});
  EXPECT_EQ(last->ends(kLong), 0) << last->output();
  EXPECT_EQ(fleet_.object(job + "/result.txt"), sum_to(100)) << last->output();
}

}  // namespace
}  // namespace holdfast::test
