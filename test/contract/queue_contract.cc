#include "contract/queue_contract.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <utility>

namespace holdfast {

namespace {

constexpr std::chrono::seconds kEnough{20};        // For whatever must happen.
constexpr std::chrono::milliseconds kMoment{400};  // For what must not.

Message message(std::string body, std::string id) {
  Message made;
  made.body = std::move(body);
  made.message_id = std::move(id);
  return made;
}

}  // namespace

Delivery QueueContractTest::delivery_from(Consumer& consumer) {
  const TimePoint deadline = in(kEnough);
  while (clock_.now() < deadline) {
    ConsumerEvent event = consumer.next(deadline);
    if (auto* delivery = std::get_if<Delivery>(&event)) return std::move(*delivery);
  }
  ADD_FAILURE() << "no delivery came";
  return {};
}

void QueueContractTest::expect_no_delivery(Consumer& consumer, std::chrono::milliseconds time) {
  const TimePoint deadline = in(time);
  while (clock_.now() < deadline) {
    const ConsumerEvent event = consumer.next(deadline);
    if (const auto* delivery = std::get_if<Delivery>(&event)) {
      ADD_FAILURE() << "a delivery came that was not wanted: " << delivery->body;
    }
  }
}

void QueueContractTest::publish(Message message) {
  const std::unique_ptr<Publisher> publisher = queue_->publisher();
  const std::uint64_t number = publisher->send(std::move(message), in(kEnough));
  EXPECT_EQ(publisher->take_confirmed(in(kEnough)), std::vector<std::uint64_t>{number});
}

void QueueContractTest::publish(const std::string& body) {
  publish(message(body, "id-" + body));
}

QueueCounts QueueContractTest::counts_when(const std::function<bool(const QueueCounts&)>& enough) {
  const std::unique_ptr<QueueAdmin> admin = queue_->admin();
  const TimePoint deadline = in(kEnough);
  QueueCounts counts = admin->counts(deadline);
  while (!enough(counts) && clock_.now() < deadline) counts = admin->counts(deadline);
  return counts;
}

TEST_P(QueueContractTest, AMessageArrivesAsItWasPublished) {
  const std::string body = std::string("{\"steps\": 3}\n\0\xff bytes", 20);
  publish(message(body, "train-7"));
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery delivery = delivery_from(*consumer);
  EXPECT_EQ(delivery.body, body);
  EXPECT_EQ(delivery.message_id, "train-7");
  EXPECT_FALSE(delivery.redelivered);
  EXPECT_FALSE(delivery.earlier_holder_gone);
  EXPECT_EQ(delivery.returns, 0U);
  EXPECT_TRUE(delivery.headers.empty());
}

TEST_P(QueueContractTest, AMessageMayBeEmptyAndWithoutAnId) {
  publish(message("", ""));
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery delivery = delivery_from(*consumer);
  EXPECT_EQ(delivery.body, "");
  EXPECT_EQ(delivery.message_id, "");
}

TEST_P(QueueContractTest, AMessageMayBeLarge) {
  const std::string body(3'000'000, 'x');
  publish(message(body, "large"));
  const auto consumer = queue_->consumer();
  consumer->want(true);
  EXPECT_EQ(delivery_from(*consumer).body, body);
}

TEST_P(QueueContractTest, MessagesAreDeliveredInOrderAndOneAtATime) {
  for (const char* body : {"a", "b", "c"}) publish(body);
  const auto consumer = queue_->consumer();
  consumer->want(true);
  for (const char* body : {"a", "b", "c"}) {
    const Delivery delivery = delivery_from(*consumer);
    EXPECT_EQ(delivery.body, body);
    expect_no_delivery(*consumer, kMoment);
    consumer->settle(delivery.tag, Settlement::complete);
  }
}

TEST_P(QueueContractTest, WantingAgainWhileOneIsHeldBringsNoSecond) {
  publish("a");
  publish("b");
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery first = delivery_from(*consumer);
  consumer->want(false);
  expect_no_delivery(*consumer, kMoment);
  consumer->want(true);
  expect_no_delivery(*consumer, kMoment);

  const auto other = queue_->consumer();
  other->want(true);
  const Delivery second = delivery_from(*other);
  EXPECT_EQ(second.body, "b");
  EXPECT_FALSE(second.redelivered) << "it went to and fro meanwhile";
  consumer->settle(first.tag, Settlement::complete);
  publish("c");
  EXPECT_EQ(delivery_from(*consumer).body, "c");
}

TEST_P(QueueContractTest, AsManyAreHeldAsAreWantedAndEachIsSettledByItself) {
  for (const char* body : {"a", "b", "c", "d"}) publish(body);
  const auto consumer = queue_->consumer();
  consumer->want(3);
  std::vector<Delivery> held;
  for (const char* body : {"a", "b", "c"}) {
    held.push_back(delivery_from(*consumer));
    EXPECT_EQ(held.back().body, body);
  }
  expect_no_delivery(*consumer, kMoment);
  consumer->want(0);
  consumer->settle(held[1].tag, Settlement::complete);
  consumer->settle(held[0].tag, Settlement::hand_back);
  expect_no_delivery(*consumer, kMoment);

  const auto other = queue_->consumer();
  other->want(3);
  EXPECT_EQ(delivery_from(*other).body, "a");
  EXPECT_EQ(delivery_from(*other).body, "d");
  expect_no_delivery(*other, kMoment);
  consumer->settle(held[2].tag, Settlement::hand_back);
  EXPECT_EQ(delivery_from(*other).body, "c");
}

// As a worker does that parks one job after the other.
TEST_P(QueueContractTest, OneMoreCanBeWantedAgainAndAgainWhileOthersAreHeld) {
  for (const char* body : {"a", "b", "c"}) publish(body);
  const auto consumer = queue_->consumer();
  std::vector<Delivery> held;
  for (const char* body : {"a", "b", "c"}) {
    consumer->want(held.size() + 1);
    held.push_back(delivery_from(*consumer));
    EXPECT_EQ(held.back().body, body);
    EXPECT_FALSE(held.back().redelivered) << "it went to and fro";
    consumer->want(0);
    expect_no_delivery(*consumer, kMoment);
  }
  consumer->settle(held[0].tag, Settlement::complete);
  publish("d");
  consumer->want(3);
  held.push_back(delivery_from(*consumer));
  EXPECT_EQ(held.back().body, "d");
  for (std::size_t i = 1; i < held.size(); ++i) {
    consumer->settle(held[i].tag, Settlement::complete);
  }
  consumer->want(0);
  expect_no_delivery(*consumer, kMoment);
  EXPECT_TRUE(consumer->empty());
}

TEST_P(QueueContractTest, AllThatAConsumerHeldComesToOthersWhenItGoesAway) {
  for (const char* body : {"a", "b"}) publish(body);
  const auto other = queue_->consumer();
  {
    const auto consumer = queue_->consumer();
    consumer->want(2);
    static_cast<void>(delivery_from(*consumer));
    static_cast<void>(delivery_from(*consumer));
  }
  other->want(2);
  for (const char* body : {"a", "b"}) {
    const Delivery again = delivery_from(*other);
    EXPECT_EQ(again.body, body);
    EXPECT_TRUE(again.redelivered);
  }
}

TEST_P(QueueContractTest, TheFirstThingToHappenIsTheConnection) {
  publish("a");
  const auto consumer = queue_->consumer();
  consumer->want(true);
  EXPECT_TRUE(std::holds_alternative<ConnectionMade>(consumer->next(in(kEnough))));
}

TEST_P(QueueContractTest, NothingIsDeliveredUntilItIsWanted) {
  publish("a");
  const auto consumer = queue_->consumer();
  expect_no_delivery(*consumer, kMoment);
  consumer->want(true);
  EXPECT_EQ(delivery_from(*consumer).body, "a");
}

TEST_P(QueueContractTest, NothingIsDeliveredOnceItIsNoLongerWanted) {
  const auto consumer = queue_->consumer();
  consumer->want(true);
  expect_no_delivery(*consumer, kMoment);
  consumer->want(false);
  expect_no_delivery(*consumer, kMoment);
  publish("a");
  expect_no_delivery(*consumer, kMoment);

  const auto other = queue_->consumer();
  other->want(true);
  const Delivery delivery = delivery_from(*other);
  EXPECT_EQ(delivery.body, "a");
  EXPECT_FALSE(delivery.redelivered);
}

TEST_P(QueueContractTest, AMessageThatComesWhileOneWaitsIsDelivered) {
  const auto consumer = queue_->consumer();
  consumer->want(true);
  expect_no_delivery(*consumer, kMoment);
  std::thread later([this] { publish("a"); });
  EXPECT_EQ(delivery_from(*consumer).body, "a");
  later.join();
}

TEST_P(QueueContractTest, ACompletedMessageIsGone) {
  publish("a");
  {
    const auto consumer = queue_->consumer();
    consumer->want(true);
    const Delivery delivery = delivery_from(*consumer);
    consumer->want(false);
    consumer->settle(delivery.tag, Settlement::complete);
  }
  const auto other = queue_->consumer();
  other->want(true);
  expect_no_delivery(*other, kMoment);
  EXPECT_TRUE(other->empty());
}

TEST_P(QueueContractTest, AMessageHandedBackComesAgainFirstAndSaysSo) {
  publish("a");
  publish("b");
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery first = delivery_from(*consumer);
  consumer->want(false);
  consumer->settle(first.tag, Settlement::hand_back);
  expect_no_delivery(*consumer, kMoment);

  consumer->want(true);
  const Delivery again = delivery_from(*consumer);
  EXPECT_EQ(again.body, "a");
  EXPECT_TRUE(again.redelivered);
  EXPECT_EQ(again.returns, 1U) << "it went to and fro";
  EXPECT_NE(again.tag, first.tag);
}

TEST_P(QueueContractTest, AMessageHandedBackIsTakenBySomebodyElse) {
  publish("a");
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery first = delivery_from(*consumer);
  const auto other = queue_->consumer();
  other->want(true);
  expect_no_delivery(*other, kMoment);
  consumer->want(false);
  consumer->settle(first.tag, Settlement::hand_back);
  EXPECT_EQ(delivery_from(*other).body, "a");
}

TEST_P(QueueContractTest, AMessageWhoseConsumerWentAwayComesToAnother) {
  publish("a");
  const auto other = queue_->consumer();
  {
    const auto consumer = queue_->consumer();
    consumer->want(true);
    EXPECT_EQ(delivery_from(*consumer).body, "a");
  }
  other->want(true);
  const Delivery again = delivery_from(*other);
  EXPECT_EQ(again.body, "a");
  EXPECT_TRUE(again.redelivered);
}

TEST_P(QueueContractTest, ASecondSettlementOfADeliveryDoesNothing) {
  publish("a");
  publish("b");
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery first = delivery_from(*consumer);
  consumer->settle(first.tag, Settlement::complete);
  const Delivery second = delivery_from(*consumer);
  consumer->settle(first.tag, Settlement::complete);
  consumer->settle(DeliveryTag{987654}, Settlement::complete);
  expect_no_delivery(*consumer, kMoment);
  EXPECT_EQ(second.body, "b");
  EXPECT_FALSE(second.redelivered);
}

TEST_P(QueueContractTest, ASettlementAfterTheConnectionWasLostIsDropped) {
  publish("a");
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery first = delivery_from(*consumer);
  consumer->want(false);
  if (!queue_->cut_connections()) return;  // This queue has no connections.

  while (!std::holds_alternative<ConnectionLost>(consumer->next(in(kEnough)))) {
  }
  consumer->settle(first.tag, Settlement::complete);
  while (!std::holds_alternative<ConnectionMade>(consumer->next(in(kEnough)))) {
  }
  consumer->settle(first.tag, Settlement::complete);
  consumer->want(true);
  const Delivery again = delivery_from(*consumer);
  EXPECT_EQ(again.body, "a");
  EXPECT_TRUE(again.redelivered);
  EXPECT_NE(again.tag, first.tag);
  consumer->settle(first.tag, Settlement::complete);
  consumer->want(false);
  consumer->settle(again.tag, Settlement::hand_back);
  consumer->want(true);
  EXPECT_EQ(delivery_from(*consumer).body, "a");
}

TEST_P(QueueContractTest, WakeEndsTheWait) {
  const auto consumer = queue_->consumer();
  expect_no_delivery(*consumer, kMoment);
  std::thread waker([&] { consumer->wake(); });
  const TimePoint start = clock_.now();
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(consumer->next(in(kEnough))));
  EXPECT_LT(clock_.now() - start, kEnough / 2);
  waker.join();
}

TEST_P(QueueContractTest, AWakeBeforeTheWaitIsNotLost) {
  const auto consumer = queue_->consumer();
  expect_no_delivery(*consumer, kMoment);
  consumer->wake();
  const TimePoint start = clock_.now();
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(consumer->next(in(kEnough))));
  EXPECT_LT(clock_.now() - start, kEnough / 2);
}

TEST_P(QueueContractTest, NothingHappensUntilTheDeadlineInAnEmptyQueue) {
  const auto consumer = queue_->consumer();
  consumer->want(true);
  expect_no_delivery(*consumer, kMoment);
  const TimePoint deadline = in(kMoment);
  EXPECT_TRUE(std::holds_alternative<NothingHappened>(consumer->next(deadline)));
  EXPECT_GE(clock_.now(), deadline);
}

TEST_P(QueueContractTest, AQueueWithAMessageWaitingIsNotEmpty) {
  const auto consumer = queue_->consumer();
  expect_no_delivery(*consumer, kMoment);
  EXPECT_TRUE(consumer->empty());
  publish("a");
  EXPECT_FALSE(consumer->empty());
}

TEST_P(QueueContractTest, AQueueWithAMessageInARetryDelayIsNotEmpty) {
  Message retry = message("a", "a");
  retry.destination = Destination::retry;
  retry.delay = 1800s;
  publish(retry);
  const auto consumer = queue_->consumer();
  consumer->want(true);
  expect_no_delivery(*consumer, kMoment);
  EXPECT_FALSE(consumer->empty());
}

TEST_P(QueueContractTest, DeadLettersDoNotCountAsMessagesThatCanCome) {
  Message dead = message("a", "a");
  dead.destination = Destination::dead;
  publish(dead);
  const auto consumer = queue_->consumer();
  consumer->want(true);
  expect_no_delivery(*consumer, kMoment);
  EXPECT_TRUE(consumer->empty());
}

TEST_P(QueueContractTest, DeadLettersKeepTheirHeadersButNotTheBrokers) {
  Message dead = message("rubbish", "id-9");
  dead.destination = Destination::dead;
  dead.headers = {{"reason", "no JSON at line 1"},
                  {"log-tail", std::string("two\nlines \xff \0 more", 18)},
                  {"x-delivery-count", "7"}};
  publish(dead);
  const auto consumer = queue_->dead_letters();
  consumer->want(true);
  Delivery delivery = delivery_from(*consumer);
  EXPECT_EQ(delivery.body, "rubbish");
  EXPECT_EQ(delivery.message_id, "id-9");
  dead.headers.pop_back();
  std::sort(dead.headers.begin(), dead.headers.end());
  std::sort(delivery.headers.begin(), delivery.headers.end());
  EXPECT_EQ(delivery.headers, dead.headers);
  EXPECT_EQ(delivery.returns, 0U);
}

// A group that stopped is told of with the number of its jobs on hold.
TEST_P(QueueContractTest, CountsTellOfHeldMessagesAndOfNoOthers) {
  publish("waits");
  for (const char* body : {"a", "b"}) {
    Message held;
    held.destination = Destination::held;
    held.body = body;
    publish(std::move(held));
  }
  const QueueCounts counts =
      counts_when([](const QueueCounts& now) { return now.held == 2 && now.waiting == 1U; });
  EXPECT_EQ(counts.held, 2U);
  EXPECT_EQ(counts.waiting, 1U);
  EXPECT_EQ(counts.dead, 0U);
}

TEST_P(QueueContractTest, CountsSayWhereTheMessagesAre) {
  for (const char* body : {"a", "b", "c"}) publish(body);
  Message retry = message("r", "r");
  retry.destination = Destination::retry;
  retry.delay = 100s;
  publish(retry);
  Message dead = message("d", "d");
  dead.destination = Destination::dead;
  publish(dead);
  publish(dead);
  const auto consumer = queue_->consumer();
  consumer->want(true);
  const Delivery delivery = delivery_from(*consumer);
  EXPECT_EQ(delivery.body, "a");

  const QueueCounts counts = counts_when([](const QueueCounts& now) {
    return now.waiting == 2U && now.retrying == 1U && now.dead == 2U;
  });
  EXPECT_EQ(counts.waiting, 2U);
  EXPECT_EQ(counts.retrying, 1U);
  EXPECT_EQ(counts.dead, 2U);
  if (queue_->counts_in_flight()) {
    EXPECT_EQ(counts.in_flight, 1U);
  }
}

TEST_P(QueueContractTest, SettingUpTwiceChangesNothing) {
  publish("a");
  const std::vector<SetupFinding> findings = queue_->admin()->setup(in(kEnough));
  EXPECT_FALSE(findings.empty());
  for (const SetupFinding& finding : findings) {
    EXPECT_EQ(finding.outcome, SetupFinding::Outcome::as_wanted) << finding.queue;
    EXPECT_TRUE(finding.differences.empty()) << finding.differences.front();
  }
  const auto consumer = queue_->consumer();
  consumer->want(true);
  EXPECT_EQ(delivery_from(*consumer).body, "a");
}

TEST_P(QueueContractTest, AQueueOfOursSetsNothingAsideByItself) {
  EXPECT_EQ(queue_->admin()->delivery_limit(in(kEnough)), std::nullopt);
}

TEST_P(QueueContractTest, EachOfManyMessagesIsConfirmedOnceAndIsThere) {
  constexpr std::uint64_t kMessages = 5000;
  const auto publisher = queue_->publisher();
  EXPECT_EQ(publisher->unconfirmed(), 0U);
  std::set<std::uint64_t> confirmed;
  std::size_t answers = 0;
  const auto take = [&](TimePoint deadline) {
    for (const std::uint64_t number : publisher->take_confirmed(deadline)) {
      confirmed.insert(number);
      ++answers;
    }
  };
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    const std::string text = std::to_string(i);
    EXPECT_EQ(publisher->send(message(text, text), in(kEnough)), i);
    if (i % 100 == 0) take(clock_.now());
  }
  const TimePoint deadline = in(kEnough);
  while (publisher->unconfirmed() > 0 && clock_.now() < deadline) take(deadline);
  EXPECT_EQ(confirmed.size(), kMessages);
  EXPECT_EQ(answers, kMessages);
  const std::optional<std::uint64_t> all = kMessages;
  const auto counts = counts_when([all](const QueueCounts& now) { return now.waiting == all; });
  EXPECT_EQ(counts.waiting, kMessages);
}

TEST_P(QueueContractTest, TakingConfirmationsEndsAtOnceWhenNothingIsUnconfirmed) {
  const auto publisher = queue_->publisher();
  const TimePoint start = clock_.now();
  EXPECT_TRUE(publisher->take_confirmed(in(kEnough)).empty());
  EXPECT_LT(clock_.now() - start, kEnough / 2);
}

TEST_P(QueueContractTest, ManyConsumersShareTheMessagesWithoutLossOrRepetition) {
  constexpr int kMessages = 60;
  constexpr int kConsumers = 4;
  for (int i = 0; i < kMessages; ++i) publish(std::to_string(i));
  std::vector<std::vector<std::string>> taken(kConsumers);
  std::atomic<int> left = kMessages;
  std::vector<std::thread> threads;
  for (int i = 0; i < kConsumers; ++i) {
    threads.emplace_back([this, &left, &mine = taken[static_cast<std::size_t>(i)]] {
      const auto consumer = queue_->consumer();
      consumer->want(true);
      const TimePoint deadline = in(kEnough);
      while (left > 0 && clock_.now() < deadline) {
        ConsumerEvent event = consumer->next(std::min(deadline, in(kMoment)));
        if (const auto* delivery = std::get_if<Delivery>(&event)) {
          mine.push_back(delivery->body);
          consumer->settle(delivery->tag, Settlement::complete);
          --left;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::multiset<std::string> all;
  for (const auto& mine : taken) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kMessages));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
}

}  // namespace holdfast
