// A worker has one connection: what it publishes goes over that by which its jobs come, and neither
// may hurt the other.
#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "integration/amqp_test.h"

namespace holdfast {
namespace {

class AmqpSharedConnectionTest : public AmqpTest {
 protected:
  AmqpSharedConnectionTest() { set_up(); }

  // Begins to drive the consumer, as the queue's thread of a worker does.
  void begin(const BrokerAccess& access) {
    consumer_ = consumer(access);
    publisher_ = consumer_->publisher();
    driver_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const ConsumerEvent event = consumer_->next(in(std::chrono::seconds(1)));
        if (std::holds_alternative<ConnectionMade>(event)) ++connections_;
      }
    });
  }

  ~AmqpSharedConnectionTest() override { end(); }
  void end() {
    if (!driver_.joinable()) return;
    driver_.request_stop();
    consumer_->wake();
    driver_.join();
  }

  static Message message(int number, Destination destination = Destination::queue) {
    Message message;
    message.destination = destination;
    message.message_id = std::to_string(number);
    message.body = "{\"number\": " + message.message_id + "}";
    return message;
  }

  std::vector<std::string> all_of(const std::string& queue) {
    return AmqpHand(access_.url).take_all(queue);
  }

  std::unique_ptr<AmqpConsumer> consumer_;
  std::unique_ptr<Publisher> publisher_;
  std::atomic<int> connections_ = 0;
  std::jthread driver_;
};

INSTANTIATE_TEST_SUITE_P(Brokers, AmqpSharedConnectionTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

TEST_P(AmqpSharedConnectionTest, MessagesGoWhereTheyShallOverTheOneConnection) {
  begin(proxied());
  std::set<std::uint64_t> sent;
  sent.insert(publisher_->send(message(1), in(kEnough)));
  sent.insert(publisher_->send(message(2, Destination::dead), in(kEnough)));
  std::set<std::uint64_t> confirmed;
  while (publisher_->unconfirmed() > 0) {
    const auto some = publisher_->take_confirmed(in(kEnough));
    ASSERT_FALSE(some.empty());
    confirmed.insert(some.begin(), some.end());
  }
  EXPECT_EQ(confirmed, sent);
  end();
  EXPECT_EQ(all_of(queue_), std::vector<std::string>{"1"});
  EXPECT_EQ(all_of(dead_queue(queue_)), std::vector<std::string>{"2"});
  EXPECT_EQ(proxy_.connections_made(), 1U);
}

TEST_P(AmqpSharedConnectionTest, WhatACutTookIsSentByTheNextConnection) {
  begin(proxied());
  constexpr int kMessages = 60;
  std::size_t confirmed = 0;
  for (int i = 0; i < kMessages; ++i) {
    publisher_->send(message(i), in(kEnough));
    if (i % 20 == 10) proxy_.cut();
    confirmed += publisher_->take_confirmed(clock_.now()).size();
  }
  while (publisher_->unconfirmed() > 0) {
    const auto some = publisher_->take_confirmed(in(kEnough));
    ASSERT_FALSE(some.empty());
    confirmed += some.size();
  }
  EXPECT_EQ(confirmed, static_cast<std::size_t>(kMessages));
  end();
  const auto there = all_of(queue_);
  EXPECT_EQ(std::set<std::string>(there.begin(), there.end()).size(),
            static_cast<std::size_t>(kMessages));
}

TEST_P(AmqpSharedConnectionTest, ARetryQueueThatIsAbsentIsMade) {
  const std::string retry = retry_queue(queue_, kRetryDelays.front());
  AmqpHand(access_.url).remove_queue(retry);
  begin(access_);
  Message late = message(1, Destination::retry);
  late.delay = kRetryDelays.front();
  publisher_->send(std::move(late), in(kEnough));
  EXPECT_EQ(publisher_->take_confirmed(in(kEnough)).size(), 1U);
  end();
  EXPECT_EQ(all_of(retry), std::vector<std::string>{"1"});
}

// The job that is held must not be lost with the message that is refused.
TEST_P(AmqpSharedConnectionTest, AMessageThatIsRefusedCostsNoConnection) {
  begin(access_);
  publisher_->send(message(1), in(kEnough));
  EXPECT_EQ(publisher_->take_confirmed(in(kEnough)).size(), 1U);
  AmqpHand(access_.url).remove_queue(queue_);
  publisher_->send(message(2), in(kEnough));
  const Error error = error_of([&] { publisher_->take_confirmed(in(kEnough)); });
  EXPECT_EQ(error.kind(), ErrorKind::denied);
  EXPECT_TRUE(says(error, "holdfast setup"));
  EXPECT_EQ(publisher_->unconfirmed(), 0U);
  set_up();
  publisher_->send(message(3), in(kEnough));
  EXPECT_EQ(publisher_->take_confirmed(in(kEnough)).size(), 1U);
  end();
  EXPECT_EQ(connections_, 1);
}

// A user who may not publish: the worker keeps its job, and is told.
TEST_P(AmqpSharedConnectionTest, AUserWhoMayNotWriteIsToldAndKeepsTheConnection) {
  const std::string user = queue_ + "-reader";
  control("add_user " + user + " secret");
  control("set_permissions -p '" + access_.url.vhost + "' " + user + " '.*' '' '.*'");
  BrokerAccess access = access_;
  access.url.user = user;
  access.url.password = "secret";
  begin(access);
  for (int i = 0; i < 3; ++i) {
    publisher_->send(message(i), in(kEnough));
    const Error error = error_of([&] { publisher_->take_confirmed(in(kEnough)); });
    EXPECT_EQ(error.kind(), ErrorKind::denied);
    EXPECT_EQ(publisher_->unconfirmed(), 0U);
  }
  end();
  EXPECT_EQ(connections_, 1);
  control("delete_user " + user);
}

}  // namespace
}  // namespace holdfast
