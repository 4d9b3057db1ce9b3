// What deploy says of a wish: what is wrong with it, what is missing, what it would change.
#include "core/deployment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Deployment deployed() {
  Deployment deployment;
  deployment.image = "acme/worker:1";
  deployment.command = std::vector<std::string>{};
  deployment.cpu = 2;
  deployment.memory_mb = 2048;
  deployment.gpu_classes = std::vector<std::string>{};
  deployment.priority = "high";
  deployment.size = 3;
  deployment.countries = std::vector<std::string>{};
  deployment.environment = {{"AMQP_URL", "amqps://secret"}, {"OLD", "x"}};
  deployment.restart_policy = "always";
  deployment.liveness = LivenessProbe{};
  return deployment;
}

std::vector<std::string> lines(const std::vector<DeploymentDifference>& differences) {
  std::vector<std::string> texts;
  for (const auto& one : differences) {
    texts.push_back(one.line + (one.restarts ? " (restarts)" : "") +
                    (one.possible ? "" : " (impossible)"));
  }
  return texts;
}

TEST(DeploymentTest, WhatIsNotSaidIsLeftAsItIs) {
  EXPECT_TRUE(differences(deployed(), {}).empty());
  EXPECT_TRUE(differences(deployed(), deployed()).empty());
}

TEST(DeploymentTest, EachDifferenceIsALineThatSaysWhetherItRestartsAll) {
  Deployment wanted;
  wanted.image = "acme/worker:2";
  wanted.memory_mb = 4096;
  wanted.size = 5;
  wanted.restart_policy = "never";
  wanted.liveness = LivenessProbe{{"holdfast", "health"}, "", 0};
  EXPECT_THAT(lines(differences(deployed(), wanted)),
              ElementsAre("image: acme/worker:1 -> acme/worker:2 (restarts)",
                          "memory: 2048 -> 4096 MB (restarts)", "replicas: 3 -> 5",
                          "restart: always -> never (restarts) (impossible)",
                          "liveness: none -> holdfast health (restarts)"));
}

TEST(DeploymentTest, TheSameTextInOtherWordsIsAnother) {
  Deployment current = deployed();
  current.liveness = LivenessProbe{{"holdfast health"}, "", 0};
  Deployment wanted;
  wanted.liveness = LivenessProbe{{"holdfast", "health"}, "", 0};
  EXPECT_THAT(lines(differences(current, wanted)),
              ElementsAre("liveness is cut into other words (restarts)"));
  wanted = {};
  wanted.gpu_classes = std::vector<std::string>{};
  current.gpu_classes.reset();
  EXPECT_TRUE(differences(current, wanted).empty());
}

TEST(DeploymentTest, ValuesOfTheEnvironmentAreNeverShown) {
  Deployment wanted;
  wanted.environment = {{"AMQP_URL", "amqps://other-secret"}, {"NEW", "new-secret"}};
  EXPECT_THAT(
      lines(differences(deployed(), wanted)),
      ElementsAre("environment: AMQP_URL has another value (restarts)",
                  "environment: NEW is new (restarts)", "environment: OLD goes (restarts)"));
  wanted.environment = {{"LONG", std::string(1001, 'x')}, {"EMPTY", ""}, {"LINES", "a\nb"}};
  const auto faults = faults_of(wanted);
  ASSERT_EQ(faults.size(), 3u);
  for (const std::string& fault : faults) EXPECT_THAT(fault, testing::Not(HasSubstr("xx")));
  wanted.environment = {{"LONG", std::string(1000, 'x')}};
  EXPECT_TRUE(faults_of(wanted).empty());
}

TEST(DeploymentTest, OnlyWhatChangesIsSent) {
  Deployment wanted = deployed();
  wanted.cpu = 4;
  const Deployment changed = changed_part(deployed(), wanted);
  EXPECT_EQ(changed.cpu, 4u);
  EXPECT_FALSE(changed.image || changed.size || changed.environment || changed.liveness);
}

TEST(DeploymentTest, WhatTheCloudWouldRefuseIsFoundFirst) {
  Deployment wanted;
  wanted.cpu = 0;
  wanted.memory_mb = 512;
  wanted.size = 501;
  wanted.priority = "urgent";
  wanted.restart_policy = "sometimes";
  wanted.storage_bytes = 5;
  wanted.image = "";
  EXPECT_EQ(faults_of(wanted).size(), 7u);
  EXPECT_THAT(missing_of({}), ElementsAre("image", "cpu", "memory"));
  EXPECT_TRUE(missing_of(deployed()).empty());
}

}  // namespace
}  // namespace holdfast
