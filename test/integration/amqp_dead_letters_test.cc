// Dead letters on queues that other people made: those with a small delivery limit lose what is
// looked at too often, unless it is done with care.
#include "adapters/amqp/amqp_dead_letters.h"

#include <algorithm>

#include "integration/amqp_test.h"

namespace holdfast {
namespace {

class AmqpDeadLettersTest : public AmqpTest {
 protected:
  void make_dead_queue(std::int64_t delivery_limit) {
    AmqpHand hand(access_.url);
    hand.make_queue(
        {dead_queue(queue_), {{"x-queue-type", "quorum"}, {"x-delivery-limit", delivery_limit}}});
  }

  void publish_letter(const std::string& body) {
    AmqpPublisher publisher(access_, queue_, clock_);
    Message letter;
    letter.destination = Destination::dead;
    letter.body = body;
    letter.message_id = "id-" + body;
    letter.headers = {{"holdfast-reason", "failed"}};
    publisher.send(std::move(letter), in(kEnough));
    EXPECT_EQ(publisher.take_confirmed(in(kEnough)).size(), 1U);
  }

  std::vector<DeadLetter> look(const BrokerAccess& access) {
    AmqpDeadLetters letters(access, queue_, clock_);
    std::vector<DeadLetter> found;
    while (auto letter = letters.next(in(kEnough))) found.push_back(std::move(*letter));
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.body < b.body; });
    return found;
  }
};

TEST_P(AmqpDeadLettersTest, LookingNeverRemovesAnyFromAQueueWithTheSmallestLimit) {
  make_dead_queue(1);
  for (const char* body : {"a", "b", "c"}) publish_letter(body);
  for (int i = 0; i < 8; ++i) {
    const auto found = look(access_);
    ASSERT_EQ(found.size(), 3U) << "look " << i;
    EXPECT_EQ(found[1].body, "b");
    EXPECT_EQ(found[1].message_id, "id-b");
    ASSERT_EQ(found[1].headers.size(), 1U);
    EXPECT_EQ(found[1].headers[0].second, "failed");
  }
}

TEST_P(AmqpDeadLettersTest, LooksThatAreCutOffRemoveNoneFromAQueueWithTheGuidesLimit) {
  make_dead_queue(3);
  publish_letter("a");
  for (int i = 0; i < 8; ++i) {
    bool seen = false;
    // The broker notices the cut before it a moment later.
    for (const TimePoint deadline = in(kEnough); !seen && clock_.now() < deadline;) {
      AmqpDeadLetters letters(proxied(), queue_, clock_);
      seen = letters.next(in(kEnough)).has_value();
      if (seen) proxy_.cut();
    }
    ASSERT_TRUE(seen) << "look " << i;
  }
}

TEST_P(AmqpDeadLettersTest, ALetterThatTheBrokerSetAsideSaysWhyAlsoAfterManyLooks) {
  {
    AmqpHand hand(access_.url);
    hand.make_queue({queue_,
                     {{"x-queue-type", "quorum"},
                      {"x-dead-letter-exchange", ""},
                      {"x-dead-letter-routing-key", dead_queue(queue_)}}});
  }
  make_dead_queue(2);
  publish("job");
  {
    AmqpHand hand(access_.url);
    hand.refuse_one(queue_);
  }
  const TimePoint deadline = in(kEnough);
  auto found = look(access_);
  while (found.empty() && clock_.now() < deadline) found = look(access_);
  ASSERT_EQ(found.size(), 1U);
  for (int i = 0; i < 5; ++i) found = look(access_);
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].headers.size(), 1U);
  EXPECT_EQ(found[0].headers[0],
            (std::pair<std::string, std::string>{"holdfast-reason", "rejected"}));
}

TEST_P(AmqpDeadLettersTest, WithoutADeadLetterQueueThereAreNone) {
  EXPECT_TRUE(look(access_).empty());
}

INSTANTIATE_TEST_SUITE_P(Amqp, AmqpDeadLettersTest, testing::Values(kRabbitMq3, kRabbitMq4),
                         lane_name);

}  // namespace
}  // namespace holdfast
