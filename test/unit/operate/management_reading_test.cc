// The texts are what RabbitMQ 4.0 answers, shortened.
#include "adapters/amqp/management_reading.h"

#include <gtest/gtest.h>

#include "adapters/amqp/queue_look.h"

namespace holdfast {
namespace {

TEST(ManagementReadingTest, AQueuesLimitsAreRead) {
  const auto queue = read_managed_queue(
      R"({"name":"jobs","arguments":{"x-consumer-timeout":2592000000,"x-queue-type":"quorum"},
          "effective_policy_definition":{"consumer-timeout":5000,"dead-letter-exchange":"dlx",
          "delivery-limit":7},"messages_unacknowledged":2,
          "consumer_details":[{"consumer_timeout":5000}]})");
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->timeout_argument, 2592000000);
  EXPECT_EQ(queue->timeout_policy, 5000);
  EXPECT_EQ(queue->delivery_limit, 7);
  EXPECT_EQ(queue->in_flight, 2);
  EXPECT_EQ(queue->dead_letter_exchange, "dlx");
  EXPECT_FALSE(queue->dead_letter_key);
  ASSERT_TRUE(queue->consumers);
  EXPECT_EQ(queue->consumers->limit, std::chrono::milliseconds(5000));
}

TEST(ManagementReadingTest, ATimeoutThatIsNoNumberDoesNotCount) {
  const auto queue = read_managed_queue(R"({"arguments":{"x-consumer-timeout":"5000"}})");
  ASSERT_TRUE(queue);
  EXPECT_FALSE(queue->timeout_argument) << "brokers ignore it, too";
  EXPECT_FALSE(queue->consumers);
}

TEST(ManagementReadingTest, NoLimitIsToldFromAnUnknownOne) {
  const std::string consumers = R"([{"queue":{"name":"a"},"consumer_timeout":"undefined"},
                                    {"queue":{"name":"b"},"consumer_timeout":1800000},
                                    {"queue":{"name":"c"}}])";
  EXPECT_EQ(read_consumer_limit(consumers, "a")->known, HoldLimit::Known::none);
  EXPECT_EQ(read_consumer_limit(consumers, "b")->limit, std::chrono::minutes(30));
  EXPECT_FALSE(read_consumer_limit(consumers, "c"));
  EXPECT_FALSE(read_consumer_limit(consumers, "d"));
}

TEST(ManagementReadingTest, OfArgumentAndPolicyTheSmallerDeliveryLimitCounts) {
  using Limit = std::optional<std::int64_t>;
  using Effective = std::optional<std::uint64_t>;
  const auto limit = [](Limit argument, Limit policy, bool all_said = true) {
    QueueLook look{{"jobs", {}}};
    if (argument) look.spec.arguments.push_back({"x-delivery-limit", *argument});
    look.all_said = all_said;
    ManagedQueue managed;
    managed.delivery_limit = policy;
    return delivery_limit_of(look, managed);
  };
  constexpr std::int64_t kLarge = 1'000'000;
  EXPECT_EQ(limit(kLarge, 5), Effective(5));
  EXPECT_EQ(limit(3, 5), Effective(3));
  EXPECT_EQ(limit({}, 50), Effective(50));
  EXPECT_EQ(limit({}, {}), Effective(20)) << "RabbitMQ 4's own";
  EXPECT_EQ(limit(kLarge, {}), Effective());
  EXPECT_EQ(limit({}, kLarge), Effective());
  EXPECT_EQ(limit(-1, 5), Effective(5));
  EXPECT_EQ(limit(5, -1), Effective(5));
  EXPECT_EQ(limit(-1, {}), Effective());
  EXPECT_EQ(limit({}, 2, false), Effective(2));
  EXPECT_EQ(limit({}, 50, false), Effective(3)) << "who may not ask thinks of the worst";
}

TEST(ManagementReadingTest, WhatIsNoAnswerIsNone) {
  for (const char* bad : {"", "<html>", "[]", "null", "{\"arguments\":7,\"consumer_details\":{}"}) {
    EXPECT_FALSE(read_managed_queue(bad)) << bad;
  }
  EXPECT_TRUE(read_managed_queue(R"({"arguments":[],"effective_policy_definition":""})"));
  EXPECT_FALSE(read_consumer_limit(R"([1,"x",{"queue":"b"},{}])", "b"));
}

TEST(ManagementReadingTest, VersionsAreCompared) {
  EXPECT_LT(read_version("3.9.27"), (BrokerVersion{3, 12}));
  EXPECT_EQ(read_version("3.12.0-rc.1"), (BrokerVersion{3, 12}));
  EXPECT_GT(read_version("4.0.5"), (BrokerVersion{3, 12}));
  for (const char* bad : {"", "4", "x.y", "4.", "-1.0"}) {
    EXPECT_EQ(read_version(bad), BrokerVersion{}) << bad;
  }
}

}  // namespace
}  // namespace holdfast
