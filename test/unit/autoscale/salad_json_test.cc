// The API's documents: what is read from them, what is written, what is refused.
#include "adapters/salad/salad_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr const char* kGroup = R"({"name":"fleet","replicas":7,"pending_change":true,
  "priority":"batch","country_codes":["us","ca"],"restart_policy":"always",
  "liveness_probe":{"http":{"path":"/healthz","port":8080,"scheme":"http","headers":[]}},
  "current_state":{"status":"deploying","instance_status_counts":{}},
  "container":{"image":"acme/worker:1","command":["holdfast","work"],
    "environment_variables":{"A":"1"},
    "resources":{"cpu":2,"memory":4096,"gpu_classes":["b","a"],"shm_size":null}}})";

TEST(SaladJsonTest, AGroupIsRead) {
  const FleetReading fleet = fleet_in(kGroup);
  EXPECT_EQ(fleet.status, FleetStatus::deploying);
  EXPECT_TRUE(fleet.pending_change);
  EXPECT_EQ(fleet.wanted, 7u);
  const Deployment deployment = deployment_in(kGroup);
  EXPECT_EQ(deployment.image, "acme/worker:1");
  EXPECT_EQ(deployment.memory_mb, 4096u);
  EXPECT_EQ(deployment.shm_mb, std::nullopt);
  EXPECT_EQ(deployment.gpu_classes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(deployment.countries, (std::vector<std::string>{"ca", "us"}));
  EXPECT_EQ(deployment.liveness, (LivenessProbe{{}, "/healthz", 8080}));
}

TEST(SaladJsonTest, AllSixStatesOfAGroupAreKnownAndOthersRefused) {
  for (const char* status : {"pending", "running", "stopped", "succeeded", "failed", "deploying"}) {
    const std::string group = std::string(R"({"replicas":1,"pending_change":false,)") +
                              R"("current_state":{"status":")" + status + "\"}}";
    EXPECT_EQ(to_text(fleet_in(group).status), status);
  }
  EXPECT_THROW(
      fleet_in(R"({"replicas":1,"pending_change":false,"current_state":{"status":"dreaming"}})"),
      Error);
}

TEST(SaladJsonTest, InstancesAreRead) {
  const auto instances = instances_in(R"({"instances":[
    {"id":"i1","machine_id":"m1","state":"running","deletion_cost":5,"update_time":"t","version":1},
    {"id":"i2","machine_id":"m2","state":"allocating","update_time":"t","version":1}]})");
  ASSERT_EQ(instances.size(), 2u);
  EXPECT_EQ(instances[0].deletion_cost, 5u);
  EXPECT_EQ(instances[1].state, InstanceState::allocating);
  FleetReading fleet;
  count_instances(instances, fleet);
  EXPECT_EQ(fleet.running, 1u);
  EXPECT_EQ(fleet.starting, 1u);
  EXPECT_EQ(fleet.shielded, 1u);
}

TEST(SaladJsonTest, WhatIsNoDocumentOfTheApiIsRefused) {
  for (const char* text :
       {"", "<html>Bad Gateway</html>", "[]", "{}", "{\"replicas\":-1}", "null"}) {
    EXPECT_THROW(fleet_in(text), Error) << text;
    EXPECT_THROW(instances_in(text), Error) << text;
    EXPECT_THROW(room_in(text), Error) << text;
    EXPECT_THROW(deployment_in(text), Error) << text;
    EXPECT_EQ(problem_in(text), std::nullopt) << text;
  }
  EXPECT_EQ(problem_in(R"({"title":"Bad","detail":"too many"})"), "Bad: too many");
}

TEST(SaladJsonTest, QuotaLeavesWhatIsNotUsed) {
  const auto quotas = [](int most, int used) {
    return "{\"container_groups_quotas\":{\"container_replicas_quota\":" + std::to_string(most) +
           ",\"container_replicas_used\":" + std::to_string(used) + "}}";
  };
  EXPECT_EQ(room_in(quotas(100, 40)), 60u);
  EXPECT_EQ(room_in(quotas(100, 140)), 0u);
}

TEST(SaladJsonTest, OnlyWhatIsSaidIsWritten) {
  EXPECT_EQ(size_patch(3), R"({"replicas":3})");
  Deployment changed;
  changed.memory_mb = 2048;
  EXPECT_EQ(group_patch(changed), R"({"container":{"resources":{"memory":2048}}})");
  changed = {};
  changed.countries = std::vector<std::string>{};
  changed.liveness = LivenessProbe{};
  EXPECT_EQ(group_patch(changed), R"({"country_codes":null,"liveness_probe":null})");
}

}  // namespace
}  // namespace holdfast
