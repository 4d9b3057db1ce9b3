// The fleet's settings by the guide's names, and what a deploy file says.
#include "app/fleet_config.h"

#include <gtest/gtest.h>

#include "app/commands/deploy_file.h"
#include "app/split_words.h"
#include "app/usage_error.h"

namespace holdfast {
namespace {

const Environment kGuides = {{"min_replicas", "1"},
                             {"max_replicas", "40"},
                             {"org", "acme"},
                             {"project", "night"},
                             {"container_group_name", "fleet"},
                             {"salad_api_key", "hunter2"},
                             {"rabbitmq_url", "https://broker.example"},
                             {"rabbitmq_username", "us/er"},
                             {"rabbitmq_password", "hunter@3"},
                             {"vhost", "team/one"},
                             {"queue_name", "jobs"}};

Settings settings(const Environment& environment,
                  const std::map<std::string, std::string>& flags = {}) {
  return Settings(flags, environment, {}, "");
}

Environment with(const std::string& name, const std::string& value) {
  Environment environment = kGuides;
  environment[name] = value;
  return environment;
}

template <typename Call>
std::string mistake(const Call& call) {
  try {
    static_cast<void>(call());
  } catch (const UsageError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("hunter"), std::string::npos) << text;
    return text;
  }
  return {};
}

TEST(FleetConfigTest, TheGuidesNamesAreEnough) {
  const auto place = std::get<SaladPlace>(fleet_config(settings(kGuides)));
  EXPECT_EQ(place.url, "https://api.salad.com/api/public");
  EXPECT_EQ(place.organization, "acme");
  EXPECT_EQ(place.group, "fleet");
  EXPECT_EQ(place.api_key, "hunter2");
  const auto broker = std::get<BrokerConfig>(scaled_queue(settings(kGuides)));
  EXPECT_EQ(broker.management_url, "https://broker.example");
  EXPECT_EQ(broker.user, "us/er");
  EXPECT_EQ(broker.password, "hunter@3");
  EXPECT_EQ(broker.vhost, "team/one");
  EXPECT_EQ(broker.job_queue, "jobs");
  EXPECT_EQ(broker.url.substr(0, 8), "amqps://");
  ScalingPolicy policy;
  size_limits(settings(kGuides), policy);
  EXPECT_EQ(policy.size_min, 1u);
  EXPECT_EQ(policy.size_max, 40u);
}

TEST(FleetConfigTest, UpperCaseFlagsAndTheCloudsOwnNamesServeToo) {
  const Environment upper = {{"ORG", "acme"},
                             {"SALAD_PROJECT_NAME", "night"},
                             {"CONTAINER_GROUP_NAME", "fleet"},
                             {"SALAD_API_KEY", "hunter2"}};
  EXPECT_EQ(salad_place(settings(upper)).project, "night");
  EXPECT_EQ(salad_place(settings(upper, {{"--org", "other"}})).organization, "other");
}

TEST(FleetConfigTest, AVirtualHostMayComeEncodedAsItStandsInAnAddress) {
  EXPECT_EQ(std::get<BrokerConfig>(scaled_queue(settings(with("vhost", "team%2Fone")))).vhost,
            "team/one");
  EXPECT_EQ(std::get<BrokerConfig>(scaled_queue(settings(with("vhost", "")))).vhost, "/");
}

TEST(FleetConfigTest, TheAddressOfTheWorkersIsTakenWhereItIsGiven) {
  const auto broker = std::get<BrokerConfig>(
      scaled_queue(settings(with("AMQP_URL", "amqp://w:x@other.example/v"))));
  EXPECT_EQ(broker.vhost, "v");
  // The management interface has users of its own, if the guide's names say so.
  EXPECT_EQ(broker.management_url, "https://broker.example");
  EXPECT_EQ(broker.user, "us/er");
}

TEST(FleetConfigTest, WhatIsMissingOrWrongIsSaid) {
  const auto place = [](const Environment& e) {
    return mistake([&] { return salad_place(settings(e)); });
  };
  EXPECT_NE(place(with("org", "")).find("org"), std::string::npos);
  EXPECT_NE(place(with("salad_api_key", "")).find("salad_api_key"), std::string::npos);
  for (const char* name : {"Fleet", "f", "-fleet", "fleet-", "fl eet", "9fleet"}) {
    EXPECT_NE(place(with("container_group_name", name)), "") << name;
  }
  ScalingPolicy policy;
  const auto sizes = [&](const Environment& e) {
    return mistake([&] {
      size_limits(settings(e), policy);
      return 0;
    });
  };
  EXPECT_NE(sizes(with("max_replicas", "")).find("max_replicas"), std::string::npos);
  EXPECT_NE(sizes(with("max_replicas", "-1")), "");
  EXPECT_NE(sizes(with("max_replicas", "many")), "");
  EXPECT_NE(sizes(with("min_replicas", "41")), "");
  EXPECT_EQ(sizes(kGuides), "");
  EXPECT_NE(mistake([] { return scaled_queue(settings(with("rabbitmq_password", ""))); }), "");
  EXPECT_NE(mistake([] { return scaled_queue(settings({})); }).find("rabbitmq_url"),
            std::string::npos);
}

TEST(FleetConfigTest, ASecretOnTheCommandLineIsWarnedOf) {
  EXPECT_EQ(exposed_fleet_secret(settings(kGuides)), "");
  const std::string text = exposed_fleet_secret(settings({}, {{"--salad-api-key", "hunter2"}}));
  EXPECT_NE(text.find("--salad-api-key"), std::string::npos);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

using Words = std::vector<std::string>;

TEST(DeployFileTest, ListsAndCommandsAreTakenApart) {
  EXPECT_EQ(listed(" a , b c,,d"), (Words{"a", "b c", "d"}));
  EXPECT_EQ(listed(" , "), Words{});
  EXPECT_EQ(split_words("holdfast work -- ./sim '{a} b' \"c 'd'\" ''"),
            (Words{"holdfast", "work", "--", "./sim", "{a} b", "c 'd'", ""}));
  EXPECT_NE(mistake([] { return split_words("a 'b"); }), "");
}

TEST(DeployFileTest, WishesBecomeADeployment) {
  const Deployment wanted = deployment_of({{"image", "a/b:1"},
                                           {"memory", "4096"},
                                           {"storage", "2"},
                                           {"countries", "us,ca"},
                                           {"liveness", "http:8080/healthz"}},
                                          {});
  EXPECT_EQ(wanted.image, "a/b:1");
  EXPECT_EQ(wanted.memory_mb, 4096u);
  EXPECT_EQ(wanted.storage_bytes, 2ull * 1024 * 1024 * 1024);
  EXPECT_EQ(wanted.countries, (Words{"ca", "us"}));
  EXPECT_EQ(wanted.liveness, (LivenessProbe{{}, "/healthz", 8080}));
  EXPECT_FALSE(wanted.cpu || wanted.environment || wanted.command);
  EXPECT_EQ(deployment_of({{"liveness", "none"}}, {}).liveness, LivenessProbe{});
  EXPECT_EQ(deployment_of({{"countries", "any"}}, {}).countries, Words{});
  EXPECT_EQ(deployment_of({{"liveness", "holdfast health"}}, {}).liveness->command,
            (Words{"holdfast", "health"}));
}

}  // namespace
}  // namespace holdfast
