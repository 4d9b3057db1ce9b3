// What doctor finds out about real brokers: queues of ours, of the guide, and users who may little.
#include <array>
#include <cstdio>

#include <gtest/gtest.h>

#include "adapters/amqp/amqp_examiner.h"
#include "integration/amqp_test.h"

namespace holdfast {
namespace {

class DoctorAmqpTest : public AmqpTest {
 protected:
  BrokerFacts examine(const BrokerAccess& access) {
    return AmqpExaminer(access, queue_, {}, clock_).examine(kEnough);
  }
  BrokerFacts examine() { return examine(access_); }

  // As the guide says: a quorum queue with a delivery limit of 3 and a dead-letter exchange whose
  // only queue is bound without a key.
  void make_the_guides_queues(AmqpHand& hand) {
    hand.make_direct_exchange(exchange_);
    hand.make_queue({exchange_, {}});
    hand.bind(exchange_, exchange_, "");
    hand.make_queue({queue_,
                     {{"x-queue-type", "quorum"},
                      {"x-delivery-limit", std::int64_t{3}},
                      {"x-dead-letter-exchange", exchange_}}});
  }

  // Names of the queues of this test that a trial made and did not remove.
  std::string left_behind() {
    const std::string command = required_variable(GetParam().control) +
                                " --quiet list_queues -p '" + access_.url.vhost +
                                "' name | grep '" + queue_ + ".doctor' || true";
    std::array<char, 4096> text{};
    std::FILE* pipe = ::popen(command.c_str(), "r");
    const std::size_t size = std::fread(text.data(), 1, text.size(), pipe);
    ::pclose(pipe);
    return {text.data(), size};
  }

  const std::string exchange_ = queue_ + "-deadletter";
};

INSTANTIATE_TEST_SUITE_P(Brokers, DoctorAmqpTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

TEST_P(DoctorAmqpTest, QueuesOfOursAreGoodAndNothingIsLeftBehind) {
  set_up();
  const BrokerFacts facts = examine();
  EXPECT_EQ(facts.fault, "");
  EXPECT_EQ(facts.product, "RabbitMQ");
  EXPECT_TRUE(facts.version.starts_with(GetParam().name == kRabbitMq3.name ? "3.10" : "4."));
  EXPECT_EQ(facts.heartbeat, std::chrono::seconds(10));
  ASSERT_EQ(facts.queues.size(), 5u);
  for (const QueueFacts& queue : facts.queues) {
    EXPECT_TRUE(queue.there && queue.differences.empty()) << queue.name;
  }
  EXPECT_FALSE(facts.delivery_limit);
  EXPECT_TRUE(facts.may_configure && facts.may_read && facts.may_write);
  EXPECT_EQ(facts.dead_letters, DeadLetterPath::arrives) << facts.dead_letters_detail;
  EXPECT_EQ(left_behind(), "");
}

TEST_P(DoctorAmqpTest, WhatTheGuidesExchangeLosesIsFoundAndSoIsTheCure) {
  AmqpHand hand(access_.url);
  make_the_guides_queues(hand);
  const BrokerFacts facts = examine();
  EXPECT_EQ(facts.delivery_limit, 3u);
  EXPECT_EQ(facts.dead_letters, DeadLetterPath::lost);
  EXPECT_NE(facts.dead_letters_detail.find("no binding for the routing key " + queue_),
            std::string::npos)
      << facts.dead_letters_detail;

  hand.bind(exchange_, exchange_, queue_);
  const BrokerFacts bound = examine();
  EXPECT_EQ(bound.dead_letters, DeadLetterPath::arrives) << bound.dead_letters_detail;
  EXPECT_EQ(hand.waiting(exchange_), 0u) << "a message of the trial stayed";
  EXPECT_EQ(left_behind(), "");
  hand.remove_queue(exchange_);
  hand.remove_exchange(exchange_);
}

TEST_P(DoctorAmqpTest, AnExchangeOrQueueForDeadLettersThatIsNotThereLosesThem) {
  AmqpHand hand(access_.url);
  hand.make_queue({queue_, {{"x-dead-letter-exchange", exchange_}}});
  EXPECT_NE(examine().dead_letters_detail.find("does not exist"), std::string::npos);
  hand.remove_queue(queue_);
  hand.make_queue({queue_, {}});
  const BrokerFacts none = examine();
  EXPECT_EQ(none.dead_letters, DeadLetterPath::lost);
  EXPECT_NE(none.dead_letters_detail.find("are lost"), std::string::npos);
  hand.remove_queue(queue_);
  set_up();
  hand.remove_queue(queue_ + ".dead");
  EXPECT_EQ(examine().dead_letters, DeadLetterPath::lost);
}

TEST_P(DoctorAmqpTest, JobsAndDeadLettersThatWaitAreNotTouched) {
  set_up();
  publish("{\"job_id\":\"a\"}");
  AmqpPublisher publisher(access_, queue_, clock_);
  Message dead;
  dead.destination = Destination::dead;
  dead.body = "dead";
  publisher.send(dead, in(kEnough));
  ASSERT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1u);
  EXPECT_EQ(examine().dead_letters, DeadLetterPath::arrives);

  AmqpHand hand(access_.url);
  EXPECT_EQ(hand.waiting(queue_), 1u);
  EXPECT_EQ(hand.waiting(queue_ + ".dead"), 1u);
  const auto mine = consumer(access_);
  mine->want(true);
  const auto delivery = wait_for<Delivery>(*mine, kEnough);
  ASSERT_TRUE(delivery);
  EXPECT_FALSE(delivery->redelivered) << "it was taken out and put back";
  mine->settle(delivery->tag, Settlement::complete);
}

TEST_P(DoctorAmqpTest, AnAbsentQueueIsAFactAndStaysAbsent) {
  const BrokerFacts facts = examine();
  EXPECT_EQ(facts.fault, "");
  for (const QueueFacts& queue : facts.queues) EXPECT_FALSE(queue.there) << queue.name;
  EXPECT_FALSE(examine().queues.front().there) << "looking made it";
}

TEST_P(DoctorAmqpTest, EachStageAtWhichABrokerIsNotReachedIsToldFromTheOthers) {
  const auto stage = [&](const BrokerAccess& access) {
    const BrokerFacts facts = examine(access);
    EXPECT_NE(facts.fault, "");
    EXPECT_EQ(facts.fault.find("not-the-password"), std::string::npos) << facts.fault;
    return facts.fault_at;
  };
  BrokerAccess access = access_;
  access.url.port = 1;
  EXPECT_EQ(stage(access), BrokerStage::reach);
  access = {parse_amqp_url(required_variable(GetParam().tls_wrong_name_url)), "test",
            required_variable("HOLDFAST_TEST_CA_FILE")};
  EXPECT_EQ(stage(access), BrokerStage::trust);
  access = access_;
  access.url.password = "not-the-password";
  EXPECT_EQ(stage(access), BrokerStage::login);
  access = access_;
  access.url.vhost = "elsewhere";
  EXPECT_EQ(stage(access), BrokerStage::vhost);
}

TEST_P(DoctorAmqpTest, WhatAUserMayNotIsFoundWithoutTakingAnything) {
  set_up();
  publish("{\"job_id\":\"a\"}");
  BrokerAccess access = access_;
  access.url.user = queue_;
  access.url.password = "secret";
  const auto may = [&](const std::string& configure, const std::string& write,
                       const std::string& read) {
    control("set_permissions -p '" + access_.url.vhost + "' " + queue_ + " '" + configure + "' '" +
            write + "' '" + read + "'");
    return examine(access);
  };
  control("add_user " + queue_ + " secret");
  const BrokerFacts none = may("^$", "^$", "^$");
  EXPECT_FALSE(none.may_configure || none.may_write || none.may_read);
  EXPECT_EQ(none.dead_letters, DeadLetterPath::untried);
  EXPECT_EQ(none.fault, "");
  EXPECT_EQ(none.delivery_limit, 3u) << "who may not ask has to think of the worst";
  const BrokerFacts reader = may("^$", "^$", ".*");
  EXPECT_TRUE(reader.may_read);
  EXPECT_FALSE(reader.may_write);
  const BrokerFacts worker = may("^$", ".*", ".*");
  EXPECT_TRUE(worker.may_read && worker.may_write);
  EXPECT_FALSE(worker.may_configure);
  const std::string ours = "^" + queue_ + "(|[.]dead|[.]retry[.].*)$";
  const BrokerFacts narrow = may(ours, "^(amq[.]default)$|" + ours, ours);
  EXPECT_TRUE(narrow.may_read && narrow.may_write && narrow.may_configure);
  EXPECT_EQ(narrow.fault, "") << "nothing is wrong with the broker";
  EXPECT_EQ(narrow.dead_letters, DeadLetterPath::untried);
  EXPECT_NE(narrow.dead_letters_detail.find("a queue of its own"), std::string::npos)
      << narrow.dead_letters_detail;
  const BrokerFacts all = may(".*", ".*", ".*");
  EXPECT_TRUE(all.may_read && all.may_write && all.may_configure);
  control("delete_user " + queue_);
  EXPECT_EQ(AmqpHand(access_.url).waiting(queue_), 1u);
}

}  // namespace
}  // namespace holdfast
