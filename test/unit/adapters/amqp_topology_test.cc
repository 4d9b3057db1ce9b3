#include <set>

#include <gtest/gtest.h>

#include "adapters/amqp/topology.h"

namespace holdfast {
namespace {

using std::chrono::seconds;

TEST(TopologyTest, ARetryWaitsAtLeastAsLongAsWanted) {
  EXPECT_EQ(retry_delay(seconds(0)), seconds(30));
  EXPECT_EQ(retry_delay(seconds(30)), seconds(30));
  EXPECT_EQ(retry_delay(seconds(31)), seconds(300));
  EXPECT_EQ(retry_delay(seconds(301)), seconds(1800));
  EXPECT_EQ(retry_delay(seconds(1'000'000)), seconds(1800));
}

TEST(TopologyTest, EveryDestinationIsAQueueThatSetupMakes) {
  std::set<std::string> made;
  for (const QueueSpec& spec : topology("jobs")) made.insert(spec.name);
  EXPECT_EQ(made, (std::set<std::string>{"jobs", "jobs.dead", "jobs.retry.30s", "jobs.retry.300s",
                                         "jobs.retry.1800s"}));
  for (const auto destination : {Destination::queue, Destination::retry, Destination::dead}) {
    const std::string name = queue_for("jobs", destination, seconds(60));
    EXPECT_TRUE(made.contains(name));
    EXPECT_EQ(spec_of("jobs", destination, seconds(60)).name, name);
  }
}

// Brokers before 4.0 set a message aside at once when the limit is negative, and no queue of ours
// may fall back to a default limit.
TEST(TopologyTest, EveryQueueHasALargeDeliveryLimit) {
  for (const QueueSpec& spec : topology("jobs")) {
    bool found = false;
    for (const QueueArgument& argument : spec.arguments) {
      if (argument.name != "x-delivery-limit") continue;
      found = true;
      EXPECT_GE(std::get<std::int64_t>(argument.value), 1'000'000) << spec.name;
    }
    EXPECT_TRUE(found) << spec.name;
  }
}

}  // namespace
}  // namespace holdfast
