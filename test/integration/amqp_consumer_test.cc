// What a worker's side of the queue does when the broker or the wire misbehaves.
#include <ctime>

#include <gtest/gtest.h>

#include "integration/amqp_test.h"

namespace holdfast {
namespace {

class AmqpConsumerTest : public AmqpTest {
 protected:
  AmqpConsumerTest() { set_up(); }

  // Gets the message that is there, through the proxy.
  Delivery take_one(AmqpConsumer& consumer) {
    consumer.want(true);
    auto delivery = wait_for<Delivery>(consumer, kEnough);
    EXPECT_TRUE(delivery);
    return delivery.value_or(Delivery{});
  }
};

INSTANTIATE_TEST_SUITE_P(Brokers, AmqpConsumerTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

TEST_P(AmqpConsumerTest, ABrokerThatClosesTheConnectionIsReconnectedTo) {
  publish("a");
  const auto mine = std::make_unique<AmqpConsumer>(access_, queue_, queue_, clock_);
  take_one(*mine);
  close_connection_named(queue_, "end of the shift");
  const auto lost = wait_for<ConnectionLost>(*mine, kEnough);
  ASSERT_TRUE(lost);
  EXPECT_NE(lost->reason.find("end of the shift"), std::string::npos) << lost->reason;
  const auto again = wait_for<Delivery>(*mine, kEnough);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->redelivered);
}

TEST_P(AmqpConsumerTest, EveryCutIsToldOnceAndHealed) {
  const auto mine = consumer(proxied());
  mine->want(true);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(wait_for<ConnectionMade>(*mine, kEnough));
    proxy_.cut();
    ASSERT_TRUE(wait_for<ConnectionLost>(*mine, kEnough));
  }
  ASSERT_TRUE(wait_for<ConnectionMade>(*mine, kEnough));
  publish("a");
  EXPECT_TRUE(wait_for<Delivery>(*mine, kEnough));
}

// A clock that a test can move on.
class AdvancingClock final : public Clock {
 public:
  TimePoint now() const override { return clock_.now() + ahead_; }
  WallTime wall() const override { return clock_.wall(); }
  void wait_until(TimePoint deadline) override { clock_.wait_until(deadline - ahead_); }
  void advance(Duration time) { ahead_ += time; }

 private:
  SystemClock clock_;
  Duration ahead_{};
};

TEST_P(AmqpConsumerTest, AnOldConnectionIsMadeAnewWhenItHoldsNothing) {
  publish("a");
  AdvancingClock clock;
  AmqpConsumer mine(proxied(), queue_, "worker-7", clock);
  const auto next = [&] { return mine.next(clock.now() + 500ms); };
  mine.want(true);
  EXPECT_TRUE(std::holds_alternative<ConnectionMade>(next()));
  const ConsumerEvent event = next();
  ASSERT_TRUE(std::holds_alternative<Delivery>(event));
  clock.advance(AmqpConsumer::kConnectionAgeMax);
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(next())) << "a held job was given up";
  mine.settle(std::get<Delivery>(event).tag, Settlement::complete);
  EXPECT_TRUE(std::holds_alternative<ConnectionMade>(next()));
  EXPECT_EQ(proxy_.connections_made(), 2U);
  EXPECT_TRUE(mine.empty());
}

TEST_P(AmqpConsumerTest, AFrozenWireIsNoticedByTheHeartbeat) {
  publish("a");
  BrokerAccess access = proxied();
  access.url.heartbeat = AmqpUrl::kHeartbeatMin;
  const auto mine = consumer(access);
  const Delivery first = take_one(*mine);
  proxy_.freeze();
  const TimePoint frozen = clock_.now();
  ASSERT_TRUE(wait_for<ConnectionLost>(*mine, kEnough));
  EXPECT_LT(clock_.now() - frozen, 3 * AmqpUrl::kHeartbeatMin);
  proxy_.heal();
  const auto again = wait_for<Delivery>(*mine, 60s);
  ASSERT_TRUE(again);
  EXPECT_NE(again->tag, first.tag);
}

// The broker ends a connection that is silent for two to three heartbeats.
TEST_P(AmqpConsumerTest, AConsumerThatOnlyHoldsAJobKeepsItsConnectionAndSleeps) {
  publish("a");
  BrokerAccess access = access_;
  access.url.heartbeat = AmqpUrl::kHeartbeatMin;
  const auto mine = consumer(access);
  const Delivery delivery = take_one(*mine);
  mine->want(false);
  const std::clock_t before = std::clock();
  const TimePoint until = in(4 * AmqpUrl::kHeartbeatMin);
  while (clock_.now() < until) {
    EXPECT_TRUE(std::holds_alternative<NothingHappened>(mine->next(in(1000ms))));
  }
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 0.05);
  mine->settle(delivery.tag, Settlement::complete);
  EXPECT_TRUE(mine->empty());
}

TEST_P(AmqpConsumerTest, AQueueThatIsRemovedEndsTheLeaseAndIsToldAsMissing) {
  publish("a");
  const auto mine = consumer(access_);
  const Delivery delivery = take_one(*mine);
  AmqpHand(access_.url).remove_queue(queue_);
  ASSERT_TRUE(wait_for<ConnectionLost>(*mine, kEnough));
  mine->settle(delivery.tag, Settlement::complete);
  const auto missing = wait_for<ConnectionLost>(*mine, kEnough);
  ASSERT_TRUE(missing);
  EXPECT_TRUE(missing->denied);
  EXPECT_NE(missing->reason.find("holdfast setup"), std::string::npos) << missing->reason;
}

TEST_P(AmqpConsumerTest, ADeliveryThatComesTooLateGoesBack) {
  const auto mine = consumer(proxied());
  mine->want(true);
  ASSERT_TRUE(wait_for<ConnectionMade>(*mine, kEnough));
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(mine->next(in(300ms))));
  publish("a");  // It is pushed to us now.
  mine->want(false);
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(mine->next(in(500ms))));
  const auto other = consumer(access_);
  EXPECT_EQ(take_one(*other).body, "a");
}

// An annoyance, no lost work: the lease is gone, the reason names the cure, and the job comes
// again. This broker looks once a minute; what it says then is tested by itself (BrokerErrorTest).
TEST_P(AmqpConsumerTest, AnAcknowledgementTimeoutCostsTheLeaseAndNamesItsCure) {
  const bool slow = std::getenv("HOLDFAST_TEST_LONG") != nullptr;
  const std::int64_t timeout_ms = slow ? 1'000 : 3'600'000;
  AmqpHand hand(access_.url);
  hand.remove_queue(queue_);
  hand.make_queue({queue_, {{"x-queue-type", "quorum"}, {"x-consumer-timeout", timeout_ms}}});
  publish("a");
  const auto mine = consumer(access_);
  const Delivery first = take_one(*mine);
  mine->want(0);
  const bool knows_the_argument = GetParam().name == kRabbitMq4.name;
  if (slow && knows_the_argument) {
    const auto lost = wait_for<ConnectionLost>(*mine, 150s);
    ASSERT_TRUE(lost);
    EXPECT_NE(lost->reason.find("x-consumer-timeout"), std::string::npos) << lost->reason;
    mine->settle(first.tag, Settlement::complete);  // Too late, and harmless.
    mine->want(1);
    const auto again = wait_for<Delivery>(*mine, kEnough);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->body, "a");
    return;
  }
  // A limit that is far, or that the broker does not know: nothing happens.
  EXPECT_FALSE(wait_for<ConnectionLost>(*mine, 2s));
}

// Quorum queues know the new subscription for the old one by its name; these do not.
TEST_P(AmqpConsumerTest, AClassicQueueGivesNoSecondDeliveryEither) {
  AmqpHand hand(access_.url);
  hand.remove_queue(queue_);
  hand.make_queue({queue_, {}});
  publish("a");
  publish("b");
  const auto mine = consumer(access_);
  const Delivery first = take_one(*mine);
  mine->want(false);
  static_cast<void>(mine->next(in(200ms)));
  mine->want(true);
  EXPECT_FALSE(wait_for<Delivery>(*mine, 500ms));
  const auto other = consumer(access_);
  EXPECT_FALSE(take_one(*other).redelivered);
  mine->settle(first.tag, Settlement::hand_back);
  EXPECT_EQ(take_one(*mine).body, "a");
}

TEST_P(AmqpConsumerTest, ACountLeftOverFromElsewhereIsNotBelieved) {
  AmqpHand(access_.url).publish(queue_, "a", {{"x-delivery-count", 7}, {"x-acquired-count", 9}});
  const auto mine = consumer(access_);
  const Delivery first = take_one(*mine);
  EXPECT_FALSE(first.redelivered);
  EXPECT_EQ(first.returns, 0U);
}

TEST_P(AmqpConsumerTest, InterruptionsAreCounted) {
  publish("a");
  for (std::uint64_t i = 0; i < 4; ++i) {
    const auto mine = consumer(proxied());
    EXPECT_EQ(take_one(*mine).returns, i);
    proxy_.cut();
    wait_for<ConnectionLost>(*mine, kEnough);
  }
}

TEST_P(AmqpConsumerTest, AMessageCompletedJustBeforeTheEndIsGone) {
  for (int i = 0; i < 20; ++i) publish("a");
  for (int i = 0; i < 20; ++i) {
    const auto mine = consumer(proxied());
    mine->settle(take_one(*mine).tag, Settlement::complete);
  }
  EXPECT_EQ(AmqpHand(access_.url).waiting(queue_), 0U);
}

TEST_P(AmqpConsumerTest, AskingWhetherItIsEmptyWithoutAConnectionIsUnavailable) {
  proxy_.refuse();
  const auto mine = consumer(proxied());
  wait_for<ConnectionLost>(*mine, kEnough);
  EXPECT_EQ(error_of([&] { static_cast<void>(mine->empty()); }).kind(), ErrorKind::unavailable);
}

TEST_P(AmqpConsumerTest, WakingEndsTheWaitForAReconnect) {
  proxy_.refuse();
  const auto mine = consumer(proxied());
  wait_for<ConnectionLost>(*mine, kEnough);
  for (int i = 0; i < 3; ++i) static_cast<void>(mine->next(in(500ms)));
  mine->wake();
  const TimePoint start = clock_.now();
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(mine->next(in(kEnough))));
  EXPECT_LT(clock_.now() - start, 1s);
}

using Rabbit3ConsumerTest = AmqpConsumerTest;
INSTANTIATE_TEST_SUITE_P(Brokers, Rabbit3ConsumerTest, testing::Values(kRabbitMq3), lane_name);

// Newer brokers take no message of this size.
TEST_P(Rabbit3ConsumerTest, AMessageThatIsTooLargeArrivesCutOff) {
  AmqpHand(access_.url).publish(queue_, std::string(17u << 20, 'x'), {});
  const auto mine = consumer(access_);
  EXPECT_EQ(take_one(*mine).body.size(), 16u << 20);
}

}  // namespace
}  // namespace holdfast
