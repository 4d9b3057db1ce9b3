// Which queues throw away what they have confirmed. A queue that is taken for a good one loses jobs
// that were reported as submitted; a good one that is refused stops a fleet for nothing.
#include <gtest/gtest.h>

#include "adapters/amqp/queue_losses.h"

namespace holdfast {
namespace {

QueueSpec queue(std::vector<QueueArgument> arguments) {
  return {"jobs", std::move(arguments)};
}

std::vector<std::string> by_policy(std::map<std::string, std::string> policy,
                                   std::vector<QueueArgument> arguments = {}) {
  ManagedQueue managed;
  managed.policy = std::move(policy);
  managed.policy_name = "ops";
  return losses_of(queue(std::move(arguments)), managed, false);
}

bool has(const std::vector<std::string>& losses, const std::string& part) {
  return losses.size() == 1 && losses.front().find(part) != std::string::npos;
}

TEST(QueueLosses, TheQueuesThatSetupMakesLoseNothing) {
  for (const QueueSpec& spec : topology("jobs")) {
    EXPECT_TRUE(losses_of(spec, {}, passes_on("jobs", spec.name)).empty()) << spec.name;
  }
}

TEST(QueueLosses, AQueueThatTheGuideMadeIsUsed) {
  EXPECT_TRUE(losses_of(queue({{"x-queue-type", "quorum"}, {"x-delivery-limit", std::int64_t{3}}}),
                        {}, false)
                  .empty());
}

TEST(QueueLosses, EveryKindOfLossIsToldByArgument) {
  const auto of = [](const std::string& name, QueueArgumentValue value) {
    return losses_of(queue({{name, std::move(value)}}), {}, false);
  };
  EXPECT_TRUE(has(of("x-queue-type", "stream"), "stream"));
  EXPECT_TRUE(has(of("durable", "false"), "not durable"));
  EXPECT_TRUE(has(of("auto_delete", "true"), "auto-delete"));
  EXPECT_TRUE(has(of("exclusive", "true"), "exclusive"));
  EXPECT_TRUE(has(of("x-expires", std::int64_t{60'000}), "x-expires = 60000"));
  EXPECT_TRUE(has(of("x-message-ttl", std::int64_t{5}), "x-message-ttl = 5"));
  EXPECT_TRUE(has(of("x-max-length", std::int64_t{5}), "x-max-length = 5"));
  EXPECT_TRUE(has(of("x-max-length-bytes", std::int64_t{5}), "throws away its oldest"));
  EXPECT_TRUE(has(of("x-expires", std::int64_t{60'000}), "holdfast setup"));
}

TEST(QueueLosses, EveryKindOfLossIsToldByPolicyWithItsName) {
  for (const char* name : {"max-length", "max-length-bytes", "message-ttl", "expires"}) {
    const auto losses = by_policy({{name, "7"}});
    EXPECT_TRUE(has(losses, "policy ops sets " + std::string(name) + " = 7"));
    EXPECT_TRUE(has(losses, "set_policy"));
  }
}

TEST(QueueLosses, ALimitIsFineThatRefusesWhatIsTooMuch) {
  EXPECT_TRUE(by_policy({{"max-length", "5"}, {"overflow", "reject-publish"}}).empty());
  EXPECT_TRUE(by_policy({{"max-length", "5"}}, {{"x-overflow", "reject-publish"}}).empty());
  // A policy wins over the argument.
  EXPECT_FALSE(by_policy({{"max-length", "5"}, {"overflow", "drop-head"}},
                         {{"x-overflow", "reject-publish"}})
                   .empty());
}

TEST(QueueLosses, OfARetryQueueMessagesLeaveByRight) {
  const QueueSpec retry = queue({{"x-message-ttl", std::int64_t{30'000}}});
  EXPECT_TRUE(losses_of(retry, {}, true).empty());
  EXPECT_FALSE(losses_of(retry, {}, false).empty());
}

}  // namespace
}  // namespace holdfast
