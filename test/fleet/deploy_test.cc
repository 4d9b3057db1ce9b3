// holdfast deploy and fleet, against a cloud that holds every request against its own description.
#include "fleet/salad_cli.h"

namespace holdfast::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kFleet = R"(image       = acme/worker:1
command     = holdfast work -- ./simulate --steps {steps}
cpu         = 2
memory      = 2048
storage     = 20
gpu         = rtx 3060 (12 gb)
priority    = batch
countries   = us, ca
liveness    = http:8080/healthz
environment = worker.env
)";

class DeployTest : public testing::Test {
 protected:
  std::string deploy(const std::vector<std::string>& more, int code) const {
    std::vector<std::string> words{"deploy", file_};
    words.insert(words.end(), more.begin(), more.end());
    const std::string output = cli_.fleet.run(words, code);
    for (const char* secret : {"hunter2", "hunter3", kApiKey}) {
      EXPECT_THAT(output, Not(HasSubstr(secret)));
    }
    return output;
  }

  SaladCli cli_;
  std::string environment_ = cli_.write("worker.env", "AMQP_URL=amqps://u:hunter2@h/v\nEMPTY=\n");
  std::string file_ = cli_.write("fleet.conf", kFleet);
};

TEST_F(DeployTest, MakesTheGroupThenFindsItAsWantedThenShowsWhatAChangeDoes) {
  EXPECT_THAT(deploy({"--dry-run"}, 0), HasSubstr("memory: 2048 MB"));
  EXPECT_THAT(deploy({}, 2), HasSubstr("--yes"));
  EXPECT_EQ(cli_.cloud->status(), "stopped");  // Nothing there.
  EXPECT_THAT(deploy({"--yes"}, 0), HasSubstr("made"));
  EXPECT_THAT(cli_.cloud->state(), HasSubstr("a1b2c3d4-0000-4000-8000-000000000001"));
  EXPECT_THAT(cli_.cloud->state(), HasSubstr("hunter2"));
  EXPECT_THAT(deploy({"--yes"}, 0), HasSubstr("as wanted"));
  cli_.write("worker.env", "AMQP_URL=amqps://u:hunter3@h/v\n");
  const std::string shown = deploy({"--memory", "4096", "--yes"}, 0);
  EXPECT_THAT(shown, HasSubstr("memory: 2048 -> 4096 MB"));
  EXPECT_THAT(shown, HasSubstr("AMQP_URL has another value"));
  EXPECT_THAT(shown, HasSubstr("restarts every machine"));
  EXPECT_THAT(cli_.cloud->state(), HasSubstr("hunter3"));
  EXPECT_EQ(cli_.cloud->seen("restarts"), 1u);
}

TEST_F(DeployTest, AGroupWhoseMakingWasAnsweredByNothingIsMadeAllTheSame) {
  // The GPU classes, the group, its making.
  cli_.cloud->order_faults(R"(["", "", "lost"])");
  EXPECT_THAT(deploy({"--yes"}, 0), HasSubstr("made"));
  EXPECT_THAT(deploy({"--yes"}, 0), HasSubstr("as wanted"));
}

TEST_F(DeployTest, TellsProgramsWhatItDoesAndWhatItDid) {
  const auto json = [&](const std::vector<std::string>& more, int code) {
    std::vector<std::string> words = more;
    words.insert(words.end(), {"--json"});
    const std::string output = deploy(words, code);
    return output.substr(std::min(output.find(R"({"group":)"), output.size()));
  };
  const std::string plan = json({"--dry-run"}, 0);
  EXPECT_THAT(plan, HasSubstr(R"("outcome":"would_make","differences":[{"text":")"));
  EXPECT_THAT(plan, HasSubstr(R"({"text":"memory: 2048 MB","restarts":false,"possible":true})"));
  EXPECT_THAT(plan, HasSubstr(R"("restarting":null,"not_taken":[]})"));
  EXPECT_THAT(json({"--yes"}, 0), HasSubstr(R"("outcome":"made")"));
  EXPECT_THAT(json({"--yes"}, 0), HasSubstr(R"("outcome":"as_wanted","differences":[])"));
  EXPECT_THAT(json({"--memory", "4096", "--dry-run"}, 0),
              HasSubstr(R"("outcome":"would_change","differences":[{"text":"memory: 2048 -> 4096 )"
                        R"(MB","restarts":true,"possible":true}],"restarting":0)"));
  EXPECT_THAT(json({"--memory", "4096", "--yes"}, 0), HasSubstr(R"("outcome":"changed")"));
}

TEST_F(DeployTest, ASizeInTheFileIsLeftToTheAutoscalerOnceTheGroupIsThere) {
  cli_.write("fleet.conf", std::string(kFleet) + "replicas = 3\n");
  deploy({"--yes"}, 0);
  EXPECT_EQ(cli_.cloud->number("replicas"), 3u);
  cli_.write("fleet.conf", std::string(kFleet) + "replicas = 1\n");
  EXPECT_THAT(deploy({"--yes"}, 0), HasSubstr("as wanted"));
  deploy({"--yes", "--replicas", "2"}, 0);
  EXPECT_EQ(cli_.cloud->number("replicas"), 2u);
  const std::string fleet = cli_.fleet.run({"fleet"});
  EXPECT_THAT(fleet, HasSubstr("2 wanted"));
  EXPECT_THAT(fleet, HasSubstr("INSTANCE"));
  EXPECT_THAT(cli_.fleet.run({"fleet", "--no-jobs", "--json"}), HasSubstr("\"deletion_cost\":0"));
}

TEST_F(DeployTest, MistakesAreFoundBeforeAnythingIsDone) {
  EXPECT_THAT(deploy({"--cpu", "0"}, 2), HasSubstr("cpu is 0"));
  EXPECT_THAT(deploy({"--cpu", "many"}, 2), HasSubstr("whole number"));
  EXPECT_THAT(deploy({"--gpu", "Abacus"}, 4), HasSubstr("RTX 4090 (24 GB)"));
  EXPECT_THAT(deploy({"--countries", "Mars"}, 2), HasSubstr("two small letters"));
  EXPECT_THAT(deploy({"--liveness", "http:healthz"}, 2), HasSubstr("http:PORT/PATH"));
  EXPECT_THAT(deploy({"--command", "sh -c 'work"}, 2), HasSubstr("no end"));
  cli_.write("worker.env", "SALAD_API_KEY=hunter2\n");
  EXPECT_THAT(deploy({"--yes"}, 2), HasSubstr("SALAD_API_KEY"));
  cli_.write("worker.env", "LONG=" + std::string(1001, 'x') + "\n");
  EXPECT_THAT(deploy({"--yes"}, 2), HasSubstr("1001 characters"));
  cli_.write("fleet.conf", "colour = red\n");
  EXPECT_THAT(deploy({"--yes"}, 2), HasSubstr("colour"));
  cli_.write("fleet.conf", "image = acme/worker:1\n");
  EXPECT_THAT(deploy({"--yes"}, 2), HasSubstr("cpu, memory"));
  EXPECT_EQ(cli_.cloud->status(), "stopped");
}

TEST_F(DeployTest, WhatOnlyANewGroupCanBeGivenIsRefused) {
  deploy({"--yes"}, 0);
  EXPECT_THAT(deploy({"--restart", "never", "--memory", "4096", "--yes"}, 2),
              HasSubstr("only when a group is made"));
  EXPECT_EQ(cli_.cloud->seen("restarts"), 0u);
}

}  // namespace
}  // namespace holdfast::test
