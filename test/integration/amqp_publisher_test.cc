// What a submitter's side of the queue does when the broker or the wire misbehaves.
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "integration/amqp_test.h"

namespace holdfast {
namespace {

class AmqpPublisherTest : public AmqpTest {
 protected:
  static Message numbered(int number) {
    Message message;
    message.message_id = std::to_string(number);
    message.body = "{\"number\": " + message.message_id + "}";
    return message;
  }

  static Message to(Destination destination, std::chrono::seconds delay) {
    Message message = numbered(1);
    message.destination = destination;
    message.delay = delay;
    return message;
  }

  void publish_through(const BrokerAccess& access, Message message) {
    AmqpPublisher publisher(access, queue_, clock_);
    publisher.send(std::move(message), in(kEnough));
    EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  }

  // Takes all messages of the queue and returns their ids.
  std::multiset<std::string> drain() {
    const auto ids = AmqpHand(access_.url).take_all(queue_);
    return {ids.begin(), ids.end()};
  }
};

INSTANTIATE_TEST_SUITE_P(Brokers, AmqpPublisherTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

TEST_P(AmqpPublisherTest, NothingIsLostWhenTheWireIsCutAgainAndAgain) {
  constexpr int kMessages = 2000;
  constexpr int kCuts = 10;
  set_up();
  AmqpPublisher publisher(proxied(), queue_, clock_);
  std::multiset<std::uint64_t> confirmed;
  const auto take = [&](TimePoint deadline) {
    for (const std::uint64_t number : publisher.take_confirmed(deadline)) confirmed.insert(number);
  };
  for (int i = 0; i < kMessages; ++i) {
    EXPECT_EQ(publisher.send(numbered(i), in(kEnough)), static_cast<std::uint64_t>(i));
    if (i % (kMessages / kCuts) == 50) proxy_.cut();
    if (i % 50 == 0) take(clock_.now());
  }
  while (publisher.unconfirmed() > 0) take(in(kEnough));
  EXPECT_GE(proxy_.connections_made(), static_cast<std::uint64_t>(kCuts));
  EXPECT_EQ(confirmed.size(), static_cast<std::size_t>(kMessages));
  EXPECT_EQ(std::set<std::uint64_t>(confirmed.begin(), confirmed.end()).size(), confirmed.size());

  const auto arrived = drain();
  for (int i = 0; i < kMessages; ++i) {
    EXPECT_GE(arrived.count(std::to_string(i)), 1U) << "message " << i << " was lost";
  }
}

TEST_P(AmqpPublisherTest, ConfirmsThatAreCutOffAreWaitedForAgain) {
  set_up();
  AmqpPublisher publisher(proxied(), queue_, clock_);
  publisher.send(numbered(0), in(kEnough));
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  proxy_.swallow_next_answer();
  publisher.send(numbered(1), in(kEnough));
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)), std::vector<std::uint64_t>{1});
  const auto arrived = drain();
  EXPECT_GE(arrived.count("1"), 1U);
}

TEST_P(AmqpPublisherTest, AFrozenWireEndsTheCallAtItsDeadline) {
  set_up();
  AmqpPublisher publisher(proxied(), queue_, clock_);
  publisher.send(numbered(0), in(kEnough));
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  proxy_.freeze();
  Message large = numbered(1);
  large.body.assign(4'000'000, 'x');
  const TimePoint start = clock_.now();
  std::uint64_t taken = 0;
  const Error error = error_of([&] {
    for (int i = 0; i < 100; ++i) {
      publisher.send(large, start + 4s);
      ++taken;
    }
  });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_LT(clock_.now() - start, 30s);
  EXPECT_TRUE(publisher.take_confirmed(in(100ms)).empty());
  proxy_.heal();
  std::size_t confirmed = 0;
  const TimePoint deadline = in(60s);
  while (publisher.unconfirmed() > 0 && clock_.now() < deadline) {
    confirmed += publisher.take_confirmed(deadline).size();
  }
  EXPECT_EQ(confirmed, taken);
}

TEST_P(AmqpPublisherTest, AConnectionThatEndedWhileIdleIsMadeAnew) {
  set_up();
  AmqpPublisher publisher(proxied(), queue_, clock_);
  for (int i = 0; i < 3; ++i) {
    publisher.send(numbered(i), in(kEnough));
    EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
    proxy_.cut();
  }
}

TEST_P(AmqpPublisherTest, ARetryGoesWhereItWaitsLongEnough) {
  set_up();
  publish_through(access_, to(Destination::retry, 0s));
  publish_through(access_, to(Destination::retry, 31s));
  publish_through(access_, to(Destination::retry, 100'000s));
  AmqpHand hand(access_.url);
  EXPECT_EQ(hand.waiting(queue_ + ".retry.30s"), 1U);
  EXPECT_EQ(hand.waiting(queue_ + ".retry.300s"), 1U);
  EXPECT_EQ(hand.waiting(queue_ + ".retry.1800s"), 1U);
}

TEST_P(AmqpPublisherTest, QueuesForDeadLettersAndRetriesAreMadeWhenTheyAreAbsent) {
  AmqpHand hand(access_.url);
  hand.make_queue({queue_, {{"x-queue-type", "quorum"}}});
  AmqpPublisher publisher(access_, queue_, clock_);
  publisher.send(to(Destination::dead, 0s), in(kEnough));
  publisher.send(to(Destination::retry, 40s), in(kEnough));
  publisher.send(to(Destination::dead, 0s), in(kEnough));
  publisher.send(numbered(7), in(kEnough));
  std::set<std::uint64_t> confirmed;
  while (publisher.unconfirmed() > 0) {
    for (const auto number : publisher.take_confirmed(in(kEnough))) confirmed.insert(number);
  }
  EXPECT_EQ(confirmed, (std::set<std::uint64_t>{0, 1, 2, 3}));
  EXPECT_EQ(hand.waiting(queue_ + ".dead"), 2U);
  EXPECT_EQ(hand.waiting(queue_ + ".retry.300s"), 1U);
  EXPECT_EQ(hand.waiting(queue_), 1U);
  for (const SetupFinding& finding : set_up()) {
    if (finding.queue == queue_ + ".dead" || finding.queue == queue_ + ".retry.300s") {
      EXPECT_EQ(finding.outcome, SetupFinding::Outcome::as_wanted) << finding.queue;
    }
  }
}

TEST_P(AmqpPublisherTest, AJobQueueThatIsAbsentIsToldAndNotMade) {
  AmqpPublisher publisher(access_, queue_, clock_);
  publisher.send(numbered(1), in(kEnough));
  const Error error = error_of([&] { publisher.take_confirmed(in(kEnough)); });
  EXPECT_EQ(error.kind(), ErrorKind::denied);
  EXPECT_TRUE(says(error, queue_));
  EXPECT_TRUE(says(error, "holdfast setup"));
  EXPECT_EQ(publisher.unconfirmed(), 0U);
  set_up();
  EXPECT_EQ(publisher.send(numbered(2), in(kEnough)), 1U);
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)), std::vector<std::uint64_t>{1});
}

TEST_P(AmqpPublisherTest, AMessageThatIsTooLargeIsRejectedBeforeItIsSent) {
  set_up();
  AmqpPublisher publisher(access_, queue_, clock_);
  Message large;
  large.body.assign(OutgoingMessages::kBodyBytesMax + 1, 'x');
  EXPECT_EQ(error_of([&] { publisher.send(large, in(kEnough)); }).kind(), ErrorKind::rejected);
  EXPECT_EQ(publisher.unconfirmed(), 0U);
}

TEST_P(AmqpPublisherTest, HeadersOfAnySizeArrive) {
  set_up();
  Message dead = to(Destination::dead, 0s);
  for (int i = 0; i < 20; ++i) {
    dead.headers.emplace_back("log-" + std::to_string(i), std::string(50'000, 'x'));
  }
  dead.headers.emplace_back("", "no name");
  dead.headers.emplace_back(std::string(300, 'n'), "too long a name");
  publish_through(access_, dead);
  AmqpConsumer letters(access_, dead_queue(queue_), "worker-7", clock_);
  letters.want(true);
  const auto delivery = wait_for<Delivery>(letters, kEnough);
  ASSERT_TRUE(delivery);
  EXPECT_GE(delivery->headers.size(), 5U);
}

TEST_P(AmqpPublisherTest, AQueueThatRefusesMessagesIsTriedAgain) {
  AmqpHand hand(access_.url);
  hand.make_queue({queue_,
                   {{"x-queue-type", "classic"},
                    {"x-max-length", std::int64_t{1}},
                    {"x-overflow", "reject-publish"}}});
  AmqpPublisher publisher(access_, queue_, clock_);
  publisher.send(numbered(0), in(kEnough));
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)), std::vector<std::uint64_t>{0});
  publisher.send(numbered(1), in(kEnough));
  EXPECT_TRUE(publisher.take_confirmed(in(1500ms)).empty());
  hand.purge(queue_);
  EXPECT_EQ(publisher.take_confirmed(in(kEnough)), std::vector<std::uint64_t>{1});
}

}  // namespace
}  // namespace holdfast
