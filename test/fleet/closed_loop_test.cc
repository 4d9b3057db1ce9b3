// The whole loop in short time: a fake cloud that starts and takes away real workers, a real
// broker, a real store, the real autoscaler. Every job must end with exactly one right result, and
// the fleet at nothing.
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "adapters/local/system_clock.h"
#include "core/job.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "fleet/salad_cli.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

constexpr int kShort = 194;
constexpr int kLongOnes = 6;
constexpr int kShortSteps = 3;
constexpr int kLongSteps = 450;

class ClosedLoopTest : public testing::Test {
 protected:
  // What worker.env would hold, for the machines.
  static std::map<std::string, std::string> machines(const Fleet& fleet) {
    auto environment = fleet.environment;
    environment["SLOW_SUM_STEP_MS"] = "150";
    return environment;
  }

  Record newest_record(const std::string& job) const {
    const StoreLayout layout(*JobId::parse(job));
    const auto first = fleet_.store().list(layout.log_prefix(), "", 1, clock_.now() + kSoon);
    return record_from_json(fleet_.object(first.at(0).key));
  }

  // The accountant: each job completed once, with the right sum.
  void expect_summed(const std::string& prefix, int count, int steps) const {
    for (int i = 0; i < count; ++i) {
      const std::string job = prefix + "-" + std::to_string(i);
      EXPECT_EQ(fleet_.object(job + "/result.txt"), sum_to(steps)) << job;
      EXPECT_EQ(newest_record(job).state, JobState::completed) << job;
    }
  }

  // The broker counts so many messages that workers hold; its counts are some seconds old. The
  // cloud, which takes 240 requests a minute, is not asked meanwhile.
  void expect_in_flight(int count, TimePoint until) const {
    const std::string wanted = "\"in_flight\":" + std::to_string(count);
    std::string counts;
    do {
      counts = fleet_.run({"status", "--queue-only", "--json"});
    } while (counts.find(wanted) == std::string::npos && clock_.now() < until);
    EXPECT_NE(counts.find(wanted), std::string::npos) << counts;
  }

  // A worker on each machine of the cloud.
  std::vector<std::string> cloud_options(const std::vector<std::string>& more) const {
    std::vector<std::string> options{"--logs", fleet_.folder().string()};
    options.insert(options.end(), more.begin(), more.end());
    const std::string work = (fleet_.folder() / "work").string();
    options.insert(options.end(), {"--", from_services("HOLDFAST_TEST_PROGRAM"), "work",
                                   "--work-dir", work + "-{instance}", "--patience", "2s",
                                   "--checkpoint-pause", "100ms", "--grace", "2s", "--", SLOW_SUM});
    return options;
  }

  void use(const FakeSalad& cloud) {
    fleet_.environment.insert(
        {{"org", "acme"},
         {"project", "night"},
         {"container_group_name", "fleet"},
         {"salad_api_key", kApiKey},
         {"HOLDFAST_SALAD_URL", cloud.url()},
         {"HOLDFAST_MANAGEMENT_URL", from_services("HOLDFAST_TEST_MANAGEMENT_URL")}});
    fleet_.run({"setup"});
    fleet_.run({"deploy", "--image", "acme/worker:1", "--cpu", "2", "--memory", "2048", "--yes"});
  }

  // Lines that programs printed on all machines.
  int lines_with(const std::string& text) const {
    int count = 0;
    for (const auto& file : std::filesystem::directory_iterator(fleet_.folder())) {
      if (file.path().extension() != ".log") continue;
      std::ifstream in(file.path());
      for (std::string line; std::getline(in, line);) count += line.find(text) != line.npos ? 1 : 0;
    }
    return count;
  }

  SystemClock clock_;
  Fleet fleet_{"HOLDFAST_TEST_AMQP_URL"};
};

TEST_F(ClosedLoopTest, TheFleetComesUpWithTheWorkGoesDownAndToNothingAndEveryJobHasOneResult) {
  FakeSalad cloud(cloud_options({"--seed", "4", "--cold-start", "0.5", "4", "--mtbf", "40",
                                 "--stop-time", "5"}),
                  machines(fleet_));
  use(cloud);
  fleet_.submit(fleet_.queue() + "-long", kLongOnes, kLongSteps);
  fleet_.submit(fleet_.queue() + "-short", kShort, kShortSteps);
  const auto autoscaler = fleet_.start({"autoscale", "--every", "15s", "--max-replicas", "12",
                                        "--cooldown", "5s", "--cold-start", "5s"});
  ASSERT_TRUE(autoscaler->says("the fleet is stopped", 300s)) << autoscaler->output();
  autoscaler->signal(SIGTERM);
  EXPECT_EQ(autoscaler->ends(kSoon), 0);
  EXPECT_EQ(cloud.number("most_running"), 12u);
  EXPECT_EQ(cloud.seen("stops"), 1u) << "stopped while something was in flight, and again";
  EXPECT_GT(cloud.seen("interruptions"), 0u);
  // Down as well as up, and nobody who had a job.
  EXPECT_GE(cloud.seen("scale-ins"), 1u);
  EXPECT_EQ(cloud.seen("taken busy"), 0u);
  expect_summed(fleet_.queue() + "-long", kLongOnes, kLongSteps);
  expect_summed(fleet_.queue() + "-short", kShort, kShortSteps);
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
  EXPECT_NE(counts.find("\"dead\":0"), std::string::npos) << counts;
  std::printf("closed loop: %s\n%s", cloud.state().c_str(), autoscaler->output().c_str());
}

// A job that was submitted twice: its second message is parked by a machine that has nothing else.
TEST_F(ClosedLoopTest, AParkedDuplicateKeepsOneMachineAndNotTheFleet) {
  FakeSalad cloud(cloud_options({}), machines(fleet_));
  use(cloud);
  fleet_.submit(fleet_.queue(), 1, kLongSteps);
  const std::string list = (fleet_.folder() / (fleet_.queue() + ".csv")).string();
  fleet_.run({"submit", list, "--ledger", (fleet_.folder() / "again").string()});
  const auto scale = [&](const char* least) {
    return fleet_.run({"autoscale", "--once", "--min-replicas", least, "--max-replicas", "4"});
  };
  scale("4");
  const auto until = clock_.now() + 45s;
  while (lines_with("job parked") == 0 && clock_.now() < until) {
    static_cast<void>(fleet_.run({"version"}));
  }
  expect_in_flight(2, until);
  const std::string said = scale("0");
  EXPECT_EQ(cloud.number("replicas"), 2u) << said;
  EXPECT_EQ(cloud.seen("taken busy"), 0u);
}

// The cloud kills at once, without the time for a last checkpoint.
TEST_F(ClosedLoopTest, ABusyMachineThatIsTakenLosesNoMoreThanTheTimeOfOneCheckpoint) {
  constexpr int kJobs = 3;
  constexpr int kSteps = 100;
  FakeSalad cloud(cloud_options({"--stop-time", "0"}), machines(fleet_));
  use(cloud);
  fleet_.submit(fleet_.queue(), kJobs, kSteps);
  const auto scale = [&](const char* most) {
    return fleet_.run({"autoscale", "--once", "--allow-busy", "--max-replicas", most});
  };
  EXPECT_NE(scale("3").find("to 3 machines"), std::string::npos);
  const auto until = clock_.now() + kLong;
  const auto pause = [&] { static_cast<void>(fleet_.run({"version"})); };
  while (lines_with("Step 5,") < kJobs && clock_.now() < until) pause();
  // Until the broker says so, nobody is known to be busy.
  expect_in_flight(kJobs, until);
  const std::string said = scale("1");
  EXPECT_NE(said.find("2 busy ones may be removed"), std::string::npos) << said;
  EXPECT_EQ(cloud.seen("taken"), 2u);
  scale("3");
  const auto all_done = [&] {
    for (int i = 0; i < kJobs; ++i) {
      if (fleet_.object(fleet_.queue() + "-" + std::to_string(i) + "/result.txt").empty()) {
        return false;
      }
    }
    return true;
  };
  while (!all_done() && clock_.now() < until) pause();
  expect_summed(fleet_.queue(), kJobs, kSteps);
  // A step takes 150 ms, a checkpoint is taken at each and stored at most every 100 ms: one step
  // that was done and not saved, one that was saved and not stored yet.
  const int again = lines_with("Step ") - kJobs * kSteps;
  std::printf("steps done again after two machines were taken: %d\n", again);
  EXPECT_GE(again, 0);
  EXPECT_LE(again, 2 * 2);
}

}  // namespace
}  // namespace holdfast::test
