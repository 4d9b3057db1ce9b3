// holdfast submit, broken off and repeated: every job arrives.
#include <signal.h>

#include <random>
#include <set>

#include "adapters/amqp/amqp_consumer.h"
#include "adapters/local/system_clock.h"
#include "base/random.h"
#include "integration/cli_fixture.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;

class CliSubmitTest : public CliTest {
 protected:
  Words submit_words(const std::string& list) const {
    return {"submit", list, "--queue", "sqlite:" + path("queue")};
  }
  std::string waiting() const {
    return run({"status", "--queue", "sqlite:" + path("queue"), "--queue-only", "--json"}, 0);
  }
};

TEST_F(CliSubmitTest, BrokenOffAndRepeatedTheEmbeddedQueueHasEachJobExactlyOnce) {
  constexpr int kJobs = 60'000;
  constexpr int kKills = 8;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string list = write_list("jobs.csv", "job", kJobs, 600);
  for (int kill = 0; kill < kKills; ++kill) {
    const auto program = start(submit_words(list));
    const int code = program->ends(std::chrono::milliseconds(20 + random() % 600));
    ASSERT_TRUE(code == 0 || code == -1) << program->output();
    program->kill();
  }
  run(submit_words(list), 0);
  EXPECT_TRUE(contains(waiting(), "\"waiting\":60000,")) << waiting();
}

TEST_F(CliSubmitTest, CtrlCEndsCleanlyAndTheNextRunSendsTheRest) {
  const std::string list = write_list("jobs.csv", "job", 100'000, 1);
  const auto program = start(submit_words(list));
  while (!std::filesystem::exists(path("queue/queue.sqlite"))) {
    ASSERT_FALSE(program->says("never said", 5ms));
  }
  program->signal(SIGINT);
  const int code = program->ends(kEventTime);
  // The signal may have come when all was sent already.
  ASSERT_TRUE(code == 128 + SIGINT || code == 0) << program->output();
  EXPECT_TRUE(code == 0 || contains(program->output(), "the same command again"))
      << program->output();
  run(submit_words(list), 0);
  EXPECT_TRUE(contains(waiting(), "\"waiting\":100000,")) << waiting();
}

TEST_F(CliSubmitTest, WhatIsSubmittedIsNotSentAgainUnlessAskedFor) {
  const std::string list = write_list("jobs.csv", "job", 3, 1);
  EXPECT_TRUE(contains(run(submit_words(list), 0), "3 jobs submitted"));
  EXPECT_TRUE(contains(run(submit_words(list), 0), "0 jobs submitted"));
  Words again = submit_words(list);
  again.push_back("--again");
  EXPECT_TRUE(contains(run(again, 0), "3 jobs submitted"));
  EXPECT_TRUE(contains(waiting(), "\"waiting\":6,"));
}

TEST_F(CliSubmitTest, AListFromAPipeIsSubmittedAndItsLedgerIsWhereItIsSaid) {
  const std::string list = write("list", "{\"job_id\":\"a\"}\n{\"job_id\":\"b\"}\n");
  const std::string words = "cat " + list + " | $HOLDFAST submit - --queue sqlite:" + path("queue");
  EXPECT_TRUE(contains(shell(words, 0), "2 jobs submitted"));
  EXPECT_TRUE(contains(shell(words + " --ledger " + path("ledger"), 0), "2 jobs submitted"));
  EXPECT_TRUE(contains(shell(words + " --ledger " + path("ledger"), 0), "0 jobs submitted"));
}

TEST_F(CliSubmitTest, ALongListTakesNoMoreMemoryThanAShortOne) {
  const auto peak = [&](int jobs) {
    const std::string list = write_list("list" + std::to_string(jobs) + ".csv", "job", jobs, 600);
    const std::string text = shell(
        "python3 -c 'import resource, subprocess, os; "
        "subprocess.run([os.environ[\"HOLDFAST\"], \"submit\", \"" +
            list + "\", \"--queue\", \"sqlite:" + path("queue" + std::to_string(jobs)) +
            "\"], check=True, stderr=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)'",
        0);
    return std::stol(text);
  };
  const long few = peak(10'000);
  const long many = peak(200'000);
  // The ledger's and the queue's caches are bounded; the list's length does not count.
  EXPECT_LT(many, few + 20 * 1024) << few << " KiB for 10,000 jobs, " << many << " for 200,000";
}

class CliBrokerTest : public CliTest {
 protected:
  CliBrokerTest() {
    environment_["AMQP_URL"] = from_services("HOLDFAST_TEST_AMQP_URL");
    environment_["JOB_QUEUE"] = queue_;
    environment_["HOLDFAST_MANAGEMENT_URL"] = from_services("HOLDFAST_TEST_MANAGEMENT_URL");
  }

  // Takes everything off the queue.
  std::multiset<std::string> take_all() const {
    SystemClock clock;
    BrokerAccess access;
    access.url = parse_amqp_url(from_services("HOLDFAST_TEST_AMQP_URL"));
    access.connection_name = "test";
    AmqpConsumer consumer(access, queue_, "test", clock);
    std::multiset<std::string> ids;
    consumer.want(true);
    for (;;) {  // Ends when the queue has been silent.
      const ConsumerEvent event = consumer.next(clock.now() + 2s);
      if (std::holds_alternative<NothingHappened>(event)) return ids;
      const auto* delivery = std::get_if<Delivery>(&event);
      if (delivery == nullptr) continue;
      ids.insert(delivery->message_id);
      consumer.settle(delivery->tag, Settlement::complete);
    }
  }

  const std::string queue_ = "cli-" + Random::from_system().hex(6);
};

TEST_F(CliBrokerTest, BrokenOffAndRepeatedTheBrokerHasEachJob) {
  constexpr int kRounds = 3;
  constexpr int kJobsPerRound = 1000;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  run({"setup"}, 0);
  for (int round = 1; round <= kRounds; ++round) {
    // The list grows, so that there is something to break off each time.
    const std::string list = write_list("jobs.csv", "job", round * kJobsPerRound, 600);
    const auto program = start({"submit", list});
    program->ends(std::chrono::milliseconds(20 + random() % 150));
    program->kill();
  }
  run({"submit", path("jobs.csv")}, 0);
  EXPECT_TRUE(contains(run({"submit", path("jobs.csv")}, 0), "0 jobs submitted"));
  const auto ids = take_all();
  const std::set<std::string> distinct(ids.begin(), ids.end());
  EXPECT_EQ(distinct.size(), std::size_t{kRounds * kJobsPerRound});
}

TEST_F(CliBrokerTest, SetupMakesTheQueuesAndTwiceIsHarmless) {
  EXPECT_TRUE(contains(run({"setup"}, 0), queue_ + ": made"));
  EXPECT_TRUE(contains(run({"setup"}, 0), queue_ + ": exists and is as wanted"));
}

TEST_F(CliBrokerTest, AQueueThatIsMadeOtherwiseIsLeftAloneAndSaid) {
  environment_["QUEUE"] = queue_;
  shell(
      "/usr/bin/python3 -c '\n"
      "import os, pika\n"
      "channel = pika.BlockingConnection(pika.URLParameters(os.environ[\"AMQP_URL\"])).channel()\n"
      "channel.queue_declare(os.environ[\"QUEUE\"], durable=True, arguments={\n"
      "  \"x-queue-type\": \"quorum\", \"x-delivery-limit\": 3})\n'",
      0);
  const std::string output = run({"setup"}, 3);
  EXPECT_TRUE(contains(output, queue_ + ": exists and differs")) << output;
  EXPECT_TRUE(contains(output, "x-delivery-limit")) << output;
  EXPECT_TRUE(contains(output, queue_ + ".dead: made")) << output;
}

TEST_F(CliBrokerTest, AQueueThatIsNotThereIsNamedWithItsCure) {
  const std::string list = write_list("jobs.csv", "job", 3, 1);
  const std::string output = run({"submit", list}, 4);
  EXPECT_TRUE(contains(output, queue_)) << output;
  EXPECT_TRUE(contains(output, "holdfast setup")) << output;
}

TEST_F(CliBrokerTest, AWrongPasswordIsSaidAndNotShown) {
  environment_["AMQP_URL"] =
      "amqp://holdfast:hunter2@" +
      environment_["AMQP_URL"].substr(environment_["AMQP_URL"].find('@') + 1);
  const std::string list = write_list("jobs.csv", "job", 3, 1);
  for (const Words& words :
       {Words{"setup"}, Words{"submit", list}, Words{"status", "--queue-only"}}) {
    const std::string output = run(words, 4);
    EXPECT_TRUE(contains(output, "password")) << output;
    EXPECT_FALSE(contains(output, "hunter2")) << output;
  }
}

}  // namespace
}  // namespace holdfast::test
