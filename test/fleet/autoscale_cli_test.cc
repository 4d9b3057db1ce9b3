// holdfast autoscale as a person or cron runs it, with a real broker and a fake cloud.
#include <signal.h>
#include <unistd.h>

#include "fleet/salad_cli.h"

namespace holdfast::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// The broker and its management interface at their usual ports of an address of their own.
class BrokerOnOneHost {
 public:
  BrokerOnOneHost()
      : forwarder_(
            {"python3", FORWARD, host_, "15672", from_services("HOLDFAST_TEST_MANAGEMENT_URL"),
             "5672", from_services("HOLDFAST_TEST_AMQP_URL")},
            {{"PATH", "/usr/local/bin:/usr/bin:/bin"}}) {
    if (!forwarder_.says("ready", kLong)) throw std::runtime_error(forwarder_.output());
  }
  std::string management_url() const { return "http://" + host_ + ":15672"; }

 private:
  // So that others who do the same are not met.
  std::string host_ = "127.77." + std::to_string(::getpid() / 250 % 250) + "." +
                      std::to_string(1 + ::getpid() % 250);
  Program forwarder_;
};

class AutoscaleCliTest : public testing::Test {
 protected:
  AutoscaleCliTest() {
    cli_.fleet.run({"setup"});
    cli_.make_group();
    cli_.fleet.environment["max_replicas"] = "5";
  }

  std::string once(const std::vector<std::string>& more, int code = 0) const {
    std::vector<std::string> words{"autoscale", "--once"};
    words.insert(words.end(), more.begin(), more.end());
    const std::string output = cli_.fleet.run(words, code);
    EXPECT_THAT(output, Not(HasSubstr(kApiKey)));
    return output;
  }

  void submit(int count) const { cli_.fleet.submit(cli_.fleet.queue(), count, 1); }
  void submit_more(int count) const { cli_.fleet.submit(cli_.fleet.queue() + "-more", count, 1); }

  SaladCli cli_;
};

TEST_F(AutoscaleCliTest, SaysWhatItWouldDoThenDoesIt) {
  submit(3);
  EXPECT_THAT(once({"--dry-run"}), HasSubstr("would be changed: 3 jobs waiting"));
  EXPECT_EQ(cli_.cloud->number("replicas"), 0u);
  EXPECT_THAT(once({}), HasSubstr("from 0 to 3 machines"));
  EXPECT_EQ(cli_.cloud->number("replicas"), 3u);
  EXPECT_THAT(once({"--max-replicas", "2", "--json"}), HasSubstr("\"carried_out\":"));
}

TEST_F(AutoscaleCliTest, TheGuidesSettingsAreEnoughInEitherCase) {
  submit(2);
  Fleet& fleet = cli_.fleet;
  // As the guide has it: the management interface, a user, a queue; no AMQP_URL. The broker itself
  // is found on the same host, at its usual port.
  const BrokerOnOneHost broker;
  const std::string file =
      cli_.write("guide.env",
                 "min_replicas=0\nmax_replicas=4\norg=acme\nproject=night\n"
                 "container_group_name=fleet\nsalad_api_key=" +
                     std::string(kApiKey) + "\nRABBITMQ_URL=" + broker.management_url() +
                     "\nrabbitmq_username=hold@fast\n"
                     "rabbitmq_password=p:a/s%s+w#rd?\nvhost=test%2Ffleet\nqueue_name=" +
                     fleet.queue() + "\n");
  fleet.environment.erase("AMQP_URL");
  for (const char* name : {"ORG", "PROJECT", "CONTAINER_GROUP_NAME", "SALAD_API_KEY", "JOB_QUEUE",
                           "HOLDFAST_MANAGEMENT_URL", "max_replicas"}) {
    fleet.environment.erase(name);
  }
  EXPECT_THAT(fleet.run({"autoscale", "--once", "--env-file", file}), HasSubstr("to 2 machines"));
  EXPECT_EQ(cli_.cloud->number("replicas"), 2u);
}

TEST_F(AutoscaleCliTest, AUserWhomTheManagementInterfaceRefusesIsSaidAndTheFleetOnlyGrows) {
  cli_.fleet.run({"deploy", "--replicas", "2", "--yes"});
  cli_.fleet.environment["rabbitmq_username"] = "nobody";
  cli_.fleet.environment["rabbitmq_password"] = "hunter2";
  const std::string output = once({});
  EXPECT_THAT(output, HasSubstr("rabbitmqctl set_user_tags USER monitoring"));
  EXPECT_THAT(output, HasSubstr("the fleet only grows"));
  EXPECT_THAT(output, Not(HasSubstr("hunter2")));
}

TEST_F(AutoscaleCliTest, A429AndPagesOfHtmlAreWaitedOut) {
  submit(2);
  cli_.cloud->order_faults(R"(["429", "html", "503", "429"])");
  EXPECT_THAT(once({}), HasSubstr("to 2 machines"));
}

TEST_F(AutoscaleCliTest, AnEmptyQueueIsLookedAtAgainBeforeTheFleetIsStopped) {
  cli_.fleet.run({"deploy", "--replicas", "2", "--yes"});
  // A queue that is new has no counts yet at the management interface: then nothing is stopped.
  std::string output;
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (cli_.cloud->seen("stops") == 0 && std::chrono::steady_clock::now() < until) {
    output = once({});
  }
  EXPECT_THAT(output, HasSubstr("seen 3 times: the fleet is stopped"));
  EXPECT_EQ(cli_.cloud->seen("stops"), 1u);
  EXPECT_THAT(once({}), HasSubstr("the fleet is off"));
}

TEST_F(AutoscaleCliTest, WhatIsWrongIsSaidAndEndsTheDaemonAtItsBeginning) {
  cli_.fleet.environment["CONTAINER_GROUP_NAME"] = "another";
  const std::string output = cli_.fleet.run({"autoscale", "--max-replicas", "3"}, 4);
  EXPECT_THAT(output, HasSubstr("check org, project and container_group_name"));
  cli_.fleet.environment["CONTAINER_GROUP_NAME"] = "No Name";
  EXPECT_THAT(cli_.fleet.run({"autoscale", "--max-replicas", "3"}, 2), HasSubstr("small letters"));
  cli_.fleet.environment.erase("CONTAINER_GROUP_NAME");
  EXPECT_THAT(cli_.fleet.run({"autoscale", "--max-replicas", "3"}, 2),
              HasSubstr("container_group_name"));
  EXPECT_THAT(cli_.fleet.run({"autoscale", "--every", "5s", "--max-replicas", "3"}, 2),
              HasSubstr("the least is 15s"));
  cli_.fleet.environment.erase("max_replicas");
  EXPECT_THAT(cli_.fleet.run({"autoscale"}, 2), HasSubstr("max_replicas"));
  EXPECT_THAT(cli_.fleet.run({"autoscale", "--max-replicas", "3", "--job-time", "1h"}, 2),
              HasSubstr("--drain-within"));
}

TEST_F(AutoscaleCliTest, ADaemonGoesOnThroughAnOutageAndEndsWithASignal) {
  submit(2);
  const auto daemon = cli_.fleet.start({"autoscale", "--every", "15s", "--max-replicas", "5"});
  ASSERT_TRUE(daemon->says("to 2 machines", kLong)) << daemon->output();
  submit_more(2);
  cli_.cloud->order_faults(R"(["503", "html", "429", "503"])");
  ASSERT_TRUE(daemon->says("to 4 machines", kLong)) << daemon->output();
  daemon->signal(SIGTERM);
  EXPECT_EQ(daemon->ends(kSoon), 0) << daemon->output();
  EXPECT_THAT(daemon->output(), Not(HasSubstr(kApiKey)));
}

TEST_F(AutoscaleCliTest, AnotherCloudIsScaledByAProgram) {
  submit(3);
  const std::string program = cli_.write("fleet.sh", R"SH(#!/bin/sh
cd "$(dirname "$0")"
case $1 in
  get) echo "size=$(cat size 2>/dev/null || echo 0)" ;;
  set) echo "$2" > size ;;
esac
)SH");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  EXPECT_THAT(once({"--fleet-program", program}), HasSubstr("started with 3 machines"));
  EXPECT_THAT(once({"--fleet-program", program}), HasSubstr("nothing is changed"));
  EXPECT_EQ(cli_.cloud->number("replicas"), 0u);
}

// The broker knows which worker holds a message; the program is told before the fleet shrinks.
TEST_F(AutoscaleCliTest, AnotherCloudIsToldWhoIsBusyBeforeItShrinks) {
  cli_.fleet.submit(cli_.fleet.queue(), 1, 1000);
  const std::string program = cli_.write("fleet.sh", R"SH(#!/bin/sh
cd "$(dirname "$0")"
case $1 in
  get)
    echo "size=$(cat size 2>/dev/null || echo 3)"
    echo protect=yes
    for name in one two three; do echo "instance=$name running"; done
    ;;
  set) echo "$2" > size ;;
  protect) echo "$2 $3" >> protected ;;
esac
)SH");
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  const auto worker = cli_.fleet.start_worker("two");
  ASSERT_TRUE(worker->says("Step 1,", kLong)) << worker->output();
  const auto size = cli_.fleet.folder() / "size";
  const auto protected_ones = cli_.fleet.folder() / "protected";
  const auto until = std::chrono::steady_clock::now() + 60s;
  std::string output;
  // Until the broker's own counts, some seconds old, say that somebody is busy.
  while (!std::filesystem::exists(size) && std::chrono::steady_clock::now() < until) {
    const std::string dry = once({"--fleet-program", program, "--dry-run"});
    ASSERT_FALSE(std::filesystem::exists(protected_ones)) << dry;
    output = once({"--fleet-program", program});
  }
  EXPECT_THAT(output, HasSubstr("from 3 to 1 machine, idle ones are removed"));
  std::ifstream in(protected_ones);
  std::size_t told = 0;
  for (std::string line; std::getline(in, line); ++told) EXPECT_EQ(line, "two 1000");
  EXPECT_GT(told, 0u);
}

}  // namespace
}  // namespace holdfast::test
