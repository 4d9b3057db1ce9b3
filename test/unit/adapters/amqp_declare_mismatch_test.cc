// The texts are what RabbitMQ 3.10 and 4.0 answer.
#include <gtest/gtest.h>

#include "adapters/amqp/declare_mismatch.h"
#include "base/random.h"

namespace holdfast {
namespace {

const QueueSpec& wanted() {
  static const QueueSpec spec = topology("guide").front();
  return spec;
}

std::string refusal(const std::string& argument, const std::string& values) {
  return "PRECONDITION_FAILED - inequivalent arg '" + argument +
         "' for queue 'guide' in vhost 'test/fleet': " + values;
}

TEST(DeclareMismatchTest, ANumberThatDiffersIsRead) {
  const auto mismatch =
      read_mismatch(refusal("x-delivery-limit", "received '1000000' but current is '3'"), wanted());
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->argument, "x-delivery-limit");
  EXPECT_EQ(mismatch->current, DeclareMismatch::Current::value);
  EXPECT_EQ(mismatch->value, QueueArgumentValue(std::int64_t{3}));
}

TEST(DeclareMismatchTest, ATextThatDiffersIsRead) {
  const auto mismatch = read_mismatch(
      refusal("x-dead-letter-exchange", "received '' but current is 'deadletter'"), wanted());
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->value, QueueArgumentValue("deadletter"));
}

TEST(DeclareMismatchTest, AnArgumentThatTheQueueLacksIsRead) {
  const auto mismatch = read_mismatch(
      refusal("x-overflow",
              "received the value 'reject-publish' of type 'longstr' but current is none"),
      wanted());
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->current, DeclareMismatch::Current::none);
}

TEST(DeclareMismatchTest, AnArgumentThatOnlyTheQueueHasIsRead) {
  const auto number = read_mismatch(
      refusal("x-max-length", "received none but current is the value '5' of type 'signedint'"),
      wanted());
  ASSERT_TRUE(number);
  EXPECT_EQ(number->value, QueueArgumentValue(std::int64_t{5}));
  const auto text =
      read_mismatch(refusal("x-dead-letter-routing-key",
                            "received none but current is the value '12' of type 'longstr'"),
                    wanted());
  ASSERT_TRUE(text);
  EXPECT_EQ(text->value, QueueArgumentValue("12"));
}

TEST(DeclareMismatchTest, AnAnswerThatWasCutOffStillNamesTheArgument) {
  const auto mismatch =
      read_mismatch(refusal("x-overflow", "received the value 'reject-pub..."), wanted());
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->argument, "x-overflow");
  EXPECT_EQ(mismatch->current, DeclareMismatch::Current::unsaid);
}

TEST(DeclareMismatchTest, OtherRefusalsAreNoMismatch) {
  EXPECT_FALSE(read_mismatch("ACCESS_REFUSED - access to queue 'q' refused", wanted()));
  EXPECT_FALSE(read_mismatch("", wanted()));
}

TEST(DeclareMismatchTest, AnyTextIsRead) {
  Random random(11);
  const std::string whole = refusal(
      "x-dead-letter-exchange", "received none but current is the value 'dead' of type 'longstr'");
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole.substr(0, random.below(whole.size() + 1));
    for (std::uint64_t left = random.below(4); left > 0 && !text.empty(); --left) {
      text[random.below(text.size())] = "'\0 xn"[random.below(5)];
    }
    static_cast<void>(read_mismatch(text, wanted()));
  }
}

TEST(DeclareMismatchTest, TheSentenceHasBothValuesAndWhatFollows) {
  DeclareMismatch mismatch{"x-delivery-limit", DeclareMismatch::Current::value, std::int64_t{3}};
  const QueueArgumentValue limit = kDeliveryLimit;
  EXPECT_EQ(describe_mismatch(mismatch, &limit),
            "x-delivery-limit is 3, wanted 1000000: the broker dead-letters a job that was "
            "interrupted 4 times, even a healthy one");
  mismatch = {"x-max-length", DeclareMismatch::Current::value, std::int64_t{5}};
  EXPECT_EQ(describe_mismatch(mismatch, nullptr),
            "x-max-length is 5, wanted none: more than 5 waiting messages are not kept");
  mismatch = {"x-dead-letter-exchange", DeclareMismatch::Current::none, ""};
  const QueueArgumentValue exchange = "";
  EXPECT_EQ(describe_mismatch(mismatch, &exchange),
            "x-dead-letter-exchange is not set, wanted '': messages that the broker "
            "dead-letters are lost");
  mismatch = {"x-something-new", DeclareMismatch::Current::value, "on"};
  EXPECT_EQ(describe_mismatch(mismatch, nullptr), "x-something-new is 'on', wanted none");
}

}  // namespace
}  // namespace holdfast
