// Whatever a broker, or something that is none, sends: frames become events or an end of the
// connection, and nothing else.
#include <cstring>

#include <gtest/gtest.h>

#include "adapters/amqp/fields.h"
#include "adapters/amqp/incoming.h"

namespace holdfast {
namespace {

class FramesTest : public testing::Test {
 protected:
  std::optional<Incoming> method(std::uint32_t id, void* arguments) {
    amqp_frame_t frame{};
    frame.frame_type = AMQP_FRAME_METHOD;
    frame.channel = channel_;
    frame.payload.method = {id, arguments};
    return reader_.take(frame);
  }
  std::optional<Incoming> deliver(std::uint64_t tag) {
    amqp_basic_deliver_t arguments{};
    arguments.delivery_tag = tag;
    arguments.redelivered = 1;
    return method(AMQP_BASIC_DELIVER_METHOD, &arguments);
  }
  std::optional<Incoming> header(std::uint64_t body_size) {
    amqp_frame_t frame{};
    frame.frame_type = AMQP_FRAME_HEADER;
    frame.channel = channel_;
    frame.payload.properties.class_id = AMQP_BASIC_CLASS;
    frame.payload.properties.body_size = body_size;
    frame.payload.properties.decoded = &properties_;
    return reader_.take(frame);
  }
  std::optional<Incoming> body(const std::string& bytes) {
    amqp_frame_t frame{};
    frame.frame_type = AMQP_FRAME_BODY;
    frame.channel = channel_;
    frame.payload.body_fragment = bytes_of(bytes);
    return reader_.take(frame);
  }
  static bool broken(const std::optional<Incoming>& incoming) {
    return incoming && std::holds_alternative<ProtocolBroken>(*incoming);
  }
  static const BrokerDelivery& delivery_in(const std::optional<Incoming>& incoming) {
    return std::get<BrokerDelivery>(std::get<BrokerEvent>(incoming.value()));
  }

  std::uint16_t channel_ = 1;
  amqp_basic_properties_t properties_{};
  FrameReader reader_;
};

TEST_F(FramesTest, ADeliveryIsWholeWithItsLastPiece) {
  properties_._flags = AMQP_BASIC_MESSAGE_ID_FLAG;
  properties_.message_id = amqp_cstring_bytes("train-7");
  EXPECT_FALSE(deliver(4));
  EXPECT_FALSE(header(6));
  EXPECT_FALSE(body("abc"));
  const auto whole = body("def");
  EXPECT_EQ(delivery_in(whole).delivery_tag, 4U);
  EXPECT_TRUE(delivery_in(whole).redelivered);
  EXPECT_EQ(delivery_in(whole).message.body, "abcdef");
  EXPECT_EQ(delivery_in(whole).message.message_id, "train-7");
}

TEST_F(FramesTest, AnEmptyMessageIsWholeWithItsHeader) {
  EXPECT_FALSE(deliver(1));
  EXPECT_EQ(delivery_in(header(0)).message.body, "");
}

TEST_F(FramesTest, AMessageThatIsTooLargeIsCutOff) {
  const std::string piece(1u << 20, 'x');
  EXPECT_FALSE(deliver(1));
  EXPECT_FALSE(header(20 * piece.size()));
  for (int i = 0; i < 19; ++i) EXPECT_FALSE(body(piece));
  const auto whole = body(piece);
  EXPECT_EQ(delivery_in(whole).message.body.size(), FrameReader::kBodyBytesMax);
  EXPECT_EQ(delivery_in(whole).message.size_bytes, 20 * piece.size());
}

TEST_F(FramesTest, TheBrokersCountsAreReadAndItsOtherHeadersPassedOver) {
  FieldTable table;
  table.add("x-delivery-count", std::int64_t{3});
  table.add("x-acquired-count", std::int64_t{5'000'000'000});
  table.add("x-first-death-reason", std::string_view("rejected"));
  table.add("reason", std::string_view("too old"));
  table.add("number", std::int64_t{1});
  properties_._flags = AMQP_BASIC_HEADERS_FLAG;
  properties_.headers = table.table();
  EXPECT_FALSE(deliver(1));
  const auto whole = header(0);
  EXPECT_EQ(delivery_in(whole).message.returns, 5'000'000'000U);
  EXPECT_EQ(delivery_in(whole).message.headers,
            (std::vector<std::pair<std::string, std::string>>{{"reason", "too old"}}));
}

TEST_F(FramesTest, ANegativeCountIsNone) {
  FieldTable table;
  table.add("x-delivery-count", std::int64_t{-1});
  properties_._flags = AMQP_BASIC_HEADERS_FLAG;
  properties_.headers = table.table();
  EXPECT_FALSE(deliver(1));
  EXPECT_EQ(delivery_in(header(0)).message.returns, 0U);
}

TEST_F(FramesTest, FramesOutOfOrderBreakTheProtocol) {
  EXPECT_TRUE(broken(header(3)));
  EXPECT_TRUE(broken(body("abc")));
  EXPECT_FALSE(deliver(1));
  EXPECT_TRUE(broken(body("abc")));
  EXPECT_FALSE(header(3));
  EXPECT_TRUE(broken(header(3)));
  EXPECT_TRUE(broken(deliver(2)));
  channel_ = 2;
  EXPECT_TRUE(broken(body("abc")));
}

TEST_F(FramesTest, AMethodThatNobodyAskedForBreaksTheProtocol) {
  amqp_tx_commit_ok_t arguments{};
  EXPECT_TRUE(broken(method(AMQP_TX_COMMIT_OK_METHOD, &arguments)));
}

TEST_F(FramesTest, ConfirmsAndClosingsAreEventsOfTheirOwn) {
  amqp_basic_nack_t nack{};
  nack.delivery_tag = 9;
  nack.multiple = 1;
  const auto confirm = method(AMQP_BASIC_NACK_METHOD, &nack);
  EXPECT_EQ(std::get<BrokerConfirm>(std::get<BrokerEvent>(confirm.value())).delivery_tag, 9U);
  EXPECT_FALSE(std::get<BrokerConfirm>(std::get<BrokerEvent>(confirm.value())).stored);

  amqp_channel_close_t close{};
  close.reply_code = 406;
  close.reply_text = amqp_cstring_bytes("PRECONDITION_FAILED");
  const auto closed = method(AMQP_CHANNEL_CLOSE_METHOD, &close);
  EXPECT_EQ(std::get<ChannelClosed>(std::get<BrokerEvent>(closed.value())).code, 406);
}

}  // namespace
}  // namespace holdfast
