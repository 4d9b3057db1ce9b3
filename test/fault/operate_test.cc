// What a person does, on real brokers and a real store, killed at random moments and repeated.
#include <signal.h>

#include <algorithm>
#include <random>

#include "adapters/amqp/amqp_url.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "fakes/fault_proxy.h"
#include "fleet_fixture.h"
#include "joblog/job_log.h"

namespace holdfast::test {
namespace {

class OperateTest : public testing::TestWithParam<const char*> {
 protected:
  std::string job(int number) const { return fleet_.queue() + "-" + std::to_string(number); }

  std::vector<Record> records_of(const std::string& id) const {
    const StoreLayout layout(*JobId::parse(id));
    std::vector<Record> records;
    for (std::uint64_t number = 1;; ++number) {  // Ends with the log.
      const std::string bytes = fleet_.object(layout.record(number));
      if (bytes.empty()) return records;
      records.push_back(record_from_json(bytes));
    }
  }

  // A worker whose program is one line of shell; to its end.
  void work_off(const std::string& line) const {
    fleet_.run({"work", "--until-empty", "--work-dir", (fleet_.folder() / "w").string(), "--",
                "/bin/sh", "-c", line});
  }

  Fleet fleet_{GetParam()};
  SystemClock clock_;
};

INSTANTIATE_TEST_SUITE_P(Brokers, OperateTest, testing::ValuesIn(kBrokers), [](const auto& broker) {
  return std::string(broker.param).find('4') == std::string::npos ? "RabbitMq3" : "RabbitMq4";
});

TEST_P(OperateTest, RequeueKilledAtRandomMomentsAndRepeatedLosesNoLetterAndRunsEachJobOnce) {
  constexpr int kJobs = 12;
  constexpr int kKills = 8;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), kJobs, 1);
  work_off("exit 65");
  for (int kill = 0; kill < kKills; ++kill) {
    const auto program = fleet_.start({"dead", "requeue", "--all"});
    const int code = program->ends(std::chrono::milliseconds(20 + random() % 500));
    ASSERT_TRUE(code == 0 || code == -1) << program->output();
    program->kill();
  }
  // What the last one held comes back when the broker has noticed its end.
  const TimePoint deadline = clock_.now() + kSoon;
  std::string left = "unknown";
  while (!left.empty() && clock_.now() < deadline) {
    fleet_.run({"dead", "requeue", "--all"});
    left = fleet_.run({"status", "--queue-only", "--json"});
    if (left.find("\"dead\":0") != std::string::npos) left.clear();
  }
  EXPECT_EQ(left, "");
  work_off("echo done > $HOLDFAST_OUTPUT_DIR/result.txt");
  for (int i = 0; i < kJobs; ++i) {
    const auto records = records_of(job(i));
    ASSERT_FALSE(records.empty()) << job(i) << " was lost";
    EXPECT_EQ(records.back().state, JobState::completed) << job(i);
    EXPECT_EQ(records.back().attempt.value, 2u) << job(i) << " ran more than once";
    const auto redriven = std::count_if(records.begin(), records.end(), [](const Record& record) {
      return record.kind == RecordKind::redriven;
    });
    EXPECT_EQ(redriven, 1) << job(i);
  }
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
  EXPECT_NE(counts.find("\"dead\":0"), std::string::npos) << counts;
}

TEST_P(OperateTest, ARunningJobThatIsCancelledIsGoneAndNothingOfItIsLeftInTheQueue) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 2, 200);
  const auto worker = fleet_.start_worker("only", {"--watch-every", "500ms", "--until-empty"});
  ASSERT_TRUE(worker->says("generation=1", kSoon)) << worker->output();
  const std::string output = fleet_.run({"cancel", job(0), job(1)});
  EXPECT_NE(output.find(job(0) + ": cancelled; only has stopped it"), std::string::npos) << output;
  EXPECT_NE(output.find(job(1) + ": cancelled; no worker had seen it yet"), std::string::npos)
      << output;
  EXPECT_EQ(worker->ends(kLong), 0) << worker->output();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(records_of(job(i)).back().state, JobState::cancelled);
    EXPECT_EQ(fleet_.object(job(i) + "/result.txt"), "");
  }
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
}

// The broker answers that the queue is there, and goes away before the message is sent: the log has
// the new epoch, the queue has no message. The command is killed at that moment and run again.
TEST_P(OperateTest, RerunKilledBetweenItsTwoWritesAndRepeatedRunsTheJobOnceMore) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 2, 1);
  work_off("echo old > $HOLDFAST_OUTPUT_DIR/result.txt");
  {
    std::string& url = fleet_.environment.at("AMQP_URL");
    const std::string broker = url;
    const AmqpUrl server = parse_amqp_url(broker);
    FaultProxy proxy(server.host, server.port);
    const std::size_t port = url.rfind(':');
    url.replace(port, std::min(url.find('/', port), url.size()) - port,
                ":" + std::to_string(proxy.port()));
    const auto program = fleet_.start({"rerun", job(0)});
    url = broker;
    const TimePoint deadline = clock_.now() + kSoon;
    while (proxy.connections_made() < 2 && clock_.now() < deadline) {
      ASSERT_EQ(program->ends(std::chrono::milliseconds(1)), -1) << program->output();
    }
    proxy.freeze();
    while (records_of(job(0)).back().kind != RecordKind::redriven && clock_.now() < deadline) {
      ASSERT_EQ(program->ends(std::chrono::milliseconds(10)), -1) << program->output();
    }
    program->kill();
  }
  ASSERT_EQ(records_of(job(0)).back().kind, RecordKind::redriven);
  EXPECT_EQ(fleet_.object(job(0) + "/result.txt"), "old\n");
  for (int i = 0; i < 2; ++i) fleet_.run({"rerun", job(0)});
  EXPECT_EQ(records_of(job(0)).back().epoch.number, 2u);
  work_off("echo new > $HOLDFAST_OUTPUT_DIR/result.txt");
  EXPECT_EQ(fleet_.object(job(0) + "/result.txt"), "new\n");
  EXPECT_EQ(records_of(job(0)).back().state, JobState::completed);
  EXPECT_EQ(records_of(job(0)).back().attempt.value, 2u) << "it ran more than once";
  EXPECT_EQ(fleet_.object(job(1) + "/result.txt"), "old\n");
  const std::string counts = fleet_.run({"status", "--queue-only", "--json"});
  EXPECT_NE(counts.find("\"waiting\":0"), std::string::npos) << counts;
}

TEST_P(OperateTest, LettersAreSeenAndExportedFromAFleetAndACheckpointIsFetchedAnywhere) {
  fleet_.run({"setup"});
  fleet_.submit(fleet_.queue(), 1, 200);
  {
    const auto worker = fleet_.start_worker("only");
    ASSERT_TRUE(worker->says("generation=2", kSoon)) << worker->output();
    worker->signal(SIGTERM);
    ASSERT_EQ(worker->ends(kSoon), 0) << worker->output();
  }
  const std::string checkpoints = fleet_.run({"checkpoints", "list", job(0), "--verify"});
  EXPECT_NE(checkpoints.find("whole"), std::string::npos) << checkpoints;
  const std::string look = (fleet_.folder() / "look").string();
  fleet_.run({"checkpoints", "restore", job(0), "--to", look});
  EXPECT_FALSE(std::filesystem::is_empty(look));

  work_off("exit 65");
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(fleet_.run({"dead", "list"}).find(job(0) + "  refused  2"), std::string::npos);
  }
  EXPECT_NE(fleet_.run({"dead", "show", job(0)}).find("generation "), std::string::npos);
  EXPECT_EQ(fleet_.run({"dead", "export"}), R"({"job_id":")" + job(0) + "\",\"steps\":200}\n");
  fleet_.run({"checkpoints", "prune", job(0)});
  fleet_.run({"dead", "requeue", "--reason", "refused"});
  work_off("test -n \"$(ls -A)\" && echo resumed > $HOLDFAST_OUTPUT_DIR/result.txt");
  EXPECT_EQ(fleet_.object(job(0) + "/result.txt"), "resumed\n");
}

}  // namespace
}  // namespace holdfast::test
