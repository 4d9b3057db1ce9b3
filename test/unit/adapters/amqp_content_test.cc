// What goes out with a message.
#include <gtest/gtest.h>

#include "adapters/amqp/content.h"

namespace holdfast {
namespace {

std::vector<std::string> names_of(const OutgoingContent& content) {
  std::vector<std::string> names;
  const amqp_table_t& headers = content.properties().headers;
  for (int i = 0; i < headers.num_entries; ++i) names.push_back(text_of(headers.entries[i].key));
  return names;
}

TEST(ContentTest, EveryMessageIsPersistent) {
  const Message message;
  const OutgoingContent content(message, WallTime(std::chrono::seconds(1'700'000'000)));
  EXPECT_EQ(content.properties().delivery_mode, AMQP_DELIVERY_PERSISTENT);
  EXPECT_TRUE(content.properties()._flags & AMQP_BASIC_DELIVERY_MODE_FLAG);
  EXPECT_EQ(content.properties().timestamp, 1'700'000'000U);
}

// A fresh message with the broker's own headers of an old one would look delivered before.
TEST(ContentTest, HeadersOfTheBrokerAreNotSentOn) {
  Message message;
  message.headers = {{"x-delivery-count", "3"}, {"X-Death", "a"}, {"reason", "b"}, {"", "c"}};
  EXPECT_EQ(names_of(OutgoingContent(message, WallTime{})), std::vector<std::string>{"reason"});
}

TEST(ContentTest, HeadersTogetherFitIntoOneFrame) {
  Message message;
  for (int i = 0; i < 10'000; ++i) {
    message.headers.emplace_back("header-" + std::to_string(i), std::string(200, 'x'));
  }
  const OutgoingContent content(message, WallTime{});
  amqp_table_t headers = content.properties().headers;
  std::string frame(120'000, '\0');
  std::size_t offset = 0;
  EXPECT_EQ(amqp_encode_table(bytes_of(frame), &headers, &offset), AMQP_STATUS_OK);
  EXPECT_GT(headers.num_entries, 100);
}

}  // namespace
}  // namespace holdfast
