// Queues as we make them, and queues as other people made them.
#include <algorithm>

#include <gtest/gtest.h>

#include "integration/amqp_test.h"

namespace holdfast {
namespace {

void expect_says(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is missing in:\n" << text;
}

class AmqpAdminTest : public AmqpTest {
 protected:
  // The findings about the job queue itself, as one text.
  std::string differences_of_job_queue() {
    const SetupFinding finding = set_up().front();
    EXPECT_EQ(finding.queue, queue_);
    std::string all;
    for (const std::string& sentence : finding.differences) all += sentence + "\n";
    EXPECT_EQ(finding.outcome,
              all.empty() ? SetupFinding::Outcome::as_wanted : SetupFinding::Outcome::different);
    return all;
  }
};

INSTANTIATE_TEST_SUITE_P(Brokers, AmqpAdminTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

TEST_P(AmqpAdminTest, SetupMakesTheQueuesOnce) {
  const auto first = set_up();
  ASSERT_EQ(first.size(), 5U);
  for (const auto& finding : first) EXPECT_EQ(finding.outcome, SetupFinding::Outcome::created);
  for (const auto& finding : set_up()) {
    EXPECT_EQ(finding.outcome, SetupFinding::Outcome::as_wanted) << finding.queue;
  }
}

// As the guide says: a quorum queue with a delivery limit of 3 and a dead-letter exchange whose
// only queue is bound without a key.
TEST_P(AmqpAdminTest, AQueueMadeByTheGuideIsUsedAsItIsAndItsTrapsAreSaid) {
  const std::string exchange = queue_ + "-deadletter";
  AmqpHand hand(access_.url);
  hand.make_direct_exchange(exchange);
  hand.make_queue({exchange, {}});
  hand.bind(exchange, exchange, "");
  hand.make_queue({queue_,
                   {{"x-queue-type", "quorum"},
                    {"x-delivery-limit", std::int64_t{3}},
                    {"x-dead-letter-exchange", exchange}}});
  const std::string said = differences_of_job_queue();
  expect_says(said,
              "x-delivery-limit is 3, wanted 1000000: the broker dead-letters a job that was "
              "interrupted 4 times");
  expect_says(said, "x-dead-letter-exchange is '" + exchange + "', wanted ''");
  expect_says(said, "x-dead-letter-routing-key is not set, wanted '" + queue_ + ".dead'");
  expect_says(said, "x-dead-letter-strategy is not set");
  expect_says(said, "x-overflow is not set");
  EXPECT_EQ(said, differences_of_job_queue()) << "looking changed the queue";

  AmqpPublisher publisher(access_, queue_, clock_);
  Message dead;
  dead.destination = Destination::dead;
  publisher.send(dead, in(kEnough));
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  EXPECT_EQ(hand.waiting(queue_ + ".dead"), 1U);
  EXPECT_EQ(hand.waiting(exchange), 0U);
  hand.remove_queue(exchange);
  hand.remove_exchange(exchange);
}

TEST_P(AmqpAdminTest, AClassicQueueIsToldFromAQuorumQueue) {
  AmqpHand(access_.url)
      .make_queue(
          {queue_, {{"x-expires", std::int64_t{600'000}}, {"x-max-length", std::int64_t{50}}}});
  const std::string said = differences_of_job_queue();
  expect_says(said, ", wanted 'quorum': jobs are kept on one node");
  expect_says(said, "x-expires is 600000, wanted none");
  expect_says(said, "x-max-length is 50, wanted none");
}

TEST_P(AmqpAdminTest, AnAnswerTooLongForTheProtocolStillNamesTheArguments) {
  queue_ += std::string(180, 'q');
  const QueueCleaner cleaner(access_.url, queue_);
  AmqpHand(access_.url)
      .make_queue({queue_, {{"x-queue-type", "quorum"}, {"x-delivery-limit", std::int64_t{3}}}});
  expect_says(differences_of_job_queue(), "x-delivery-limit");
}

TEST_P(AmqpAdminTest, CountsOfAQueueThatIsAbsentAreRejected) {
  AmqpAdmin admin(access_, queue_, {}, clock_);
  const Error error = error_of([&] { admin.counts(in(kEnough)); });
  EXPECT_EQ(error.kind(), ErrorKind::denied);
  EXPECT_TRUE(says(error, "holdfast setup"));
}

TEST_P(AmqpAdminTest, WhatIsInFlightComesFromTheManagementInterface) {
  set_up();
  std::string asked;
  std::optional<std::string> answer = "{\"messages_unacknowledged\": 7}";
  AmqpAdmin admin(
      access_, queue_,
      [&](const std::string& path) {
        asked = path;
        return answer;
      },
      clock_);
  EXPECT_EQ(admin.counts(in(kEnough)).in_flight, 7U);
  EXPECT_EQ(asked, "/api/queues/" + percent_encode(access_.url.vhost) + "/" + queue_);
  for (const char* strange : {"{}", "[]", "", "{\"messages_unacknowledged\": \"7\"}", "nonsense"}) {
    answer = strange;
    EXPECT_EQ(admin.counts(in(kEnough)).in_flight, std::nullopt) << strange;
  }
  answer = std::nullopt;
  EXPECT_EQ(admin.counts(in(kEnough)).in_flight, std::nullopt);
}

TEST_P(AmqpAdminTest, TheDeliveryLimitIsWhatTheQueueWasMadeWith) {
  AmqpAdmin admin(access_, queue_, {}, clock_);
  EXPECT_EQ(error_of([&] { admin.delivery_limit(in(kEnough)); }).kind(), ErrorKind::denied);
  set_up();
  EXPECT_EQ(admin.delivery_limit(in(kEnough)), std::nullopt);

  AmqpHand hand(access_.url);
  hand.remove_queue(queue_);
  hand.make_queue({queue_, {{"x-queue-type", "quorum"}, {"x-delivery-limit", std::int64_t{3}}}});
  EXPECT_EQ(admin.delivery_limit(in(kEnough)), 3U);

  hand.remove_queue(queue_);
  hand.make_queue({queue_, {{"x-queue-type", "quorum"}}});
  EXPECT_EQ(admin.delivery_limit(in(kEnough)), 20U);
}

TEST_P(AmqpAdminTest, ADeliveryLimitOfAPolicyCountsToo) {
  set_up();
  const auto fetch = [](const std::string&) {
    return std::optional<std::string>(R"({"effective_policy_definition":{"delivery-limit":5}})");
  };
  EXPECT_EQ(AmqpAdmin(access_, queue_, fetch, clock_).delivery_limit(in(kEnough)), 5U);
}

// A worker's user needs no right to make queues.
TEST_P(AmqpAdminTest, AUserWhoMayNotMakeQueuesWorksAndIsCareful) {
  set_up();
  BrokerAccess modest = access_;
  modest.url.user = queue_ + "-modest";
  modest.url.password = "plain";
  control("add_user " + modest.url.user + " plain");
  control("set_permissions -p '" + access_.url.vhost + "' " + modest.url.user + " '' '.*' '.*'");

  AmqpAdmin admin(modest, queue_, {}, clock_);
  EXPECT_EQ(admin.delivery_limit(in(kEnough)), 3U);
  EXPECT_EQ(admin.counts(in(kEnough)).waiting, 0U);
  for (const SetupFinding& finding : admin.setup(in(kEnough))) {
    EXPECT_EQ(finding.outcome, SetupFinding::Outcome::different);
    expect_says(finding.differences.at(0), "configure permission");
  }
  const auto mine = consumer(modest);
  EXPECT_TRUE(wait_for<ConnectionMade>(*mine, kEnough));
  control("delete_user " + modest.url.user);
}

TEST_P(AmqpAdminTest, ABrokerOutOfReachIsUnavailable) {
  proxy_.refuse();
  AmqpAdmin admin(proxied(), queue_, {}, clock_);
  EXPECT_EQ(error_of([&] { admin.setup(in(2s)); }).kind(), ErrorKind::unavailable);
}

// What a queue of ours sets aside by itself must be found, too.
TEST_P(AmqpAdminTest, WhatTheBrokerSetsAsideArrivesAmongTheDeadLetters) {
  set_up();
  publish("a");
  AmqpHand(access_.url).refuse_one(queue_);
  AmqpConsumer letters(access_, dead_queue(queue_), "worker-7", clock_);
  letters.want(true);
  const auto letter = wait_for<Delivery>(letters, kEnough);
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->body, "a");
}

}  // namespace
}  // namespace holdfast
