#include "adapters/amqp/incoming.h"

#include <algorithm>
#include <utility>

#include "adapters/amqp/content.h"
#include "adapters/amqp/fields.h"

namespace holdfast {
namespace {

// The arguments of a method that the library has decoded.
template <typename Arguments>
const Arguments& arguments_of(const amqp_method_t& method) {
  return *static_cast<const Arguments*>(method.decoded);
}

// Methods of a broker that begin no message.
Incoming read_plain(std::uint16_t channel, const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = arguments_of<amqp_basic_ack_t>(method);
      return BrokerConfirm{ack.delivery_tag, ack.multiple != 0, true};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = arguments_of<amqp_basic_nack_t>(method);
      return BrokerConfirm{nack.delivery_tag, nack.multiple != 0, false};
    }
    case AMQP_BASIC_GET_EMPTY_METHOD:
      return NothingThere{};
    case AMQP_BASIC_CANCEL_METHOD:
      return SubscriptionEnded{};
    case AMQP_CONNECTION_BLOCKED_METHOD:
      return PublishingBlocked{text_of(arguments_of<amqp_connection_blocked_t>(method).reason)};
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      return PublishingUnblocked{};
    case AMQP_CHANNEL_CLOSE_METHOD: {
      const auto& close = arguments_of<amqp_channel_close_t>(method);
      return ChannelClosed{channel, close.reply_code, text_of(close.reply_text)};
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
      const auto& close = arguments_of<amqp_connection_close_t>(method);
      return ConnectionClosed{close.reply_code, text_of(close.reply_text)};
    }
    case AMQP_QUEUE_DECLARE_OK_METHOD:
      return BrokerReply{channel, method.id,
                         arguments_of<amqp_queue_declare_ok_t>(method).message_count};
    case AMQP_CHANNEL_OPEN_OK_METHOD:
    case AMQP_CHANNEL_CLOSE_OK_METHOD:
    case AMQP_BASIC_QOS_OK_METHOD:
    case AMQP_BASIC_CONSUME_OK_METHOD:
    case AMQP_BASIC_CANCEL_OK_METHOD:
    case AMQP_CONFIRM_SELECT_OK_METHOD:
    case AMQP_QUEUE_DELETE_OK_METHOD:
      return BrokerReply{channel, method.id, 0};
    default:
      return ProtocolBroken{"it sent a method that nobody asked for (" + std::to_string(method.id) +
                            ")"};
  }
}

}  // namespace

std::optional<Incoming> FrameReader::take(const amqp_frame_t& frame) {
  if (frame.frame_type == AMQP_FRAME_METHOD) {
    return take_method(frame.channel, frame.payload.method);
  }
  if (!begun_ || frame.channel != channel_) return ProtocolBroken{"it sent a frame out of order"};
  if (frame.frame_type == AMQP_FRAME_HEADER && !header_seen_) return take_header(frame);
  if (frame.frame_type == AMQP_FRAME_BODY && header_seen_) {
    return take_body(frame.payload.body_fragment);
  }
  return ProtocolBroken{"it sent a frame out of order"};
}

std::optional<Incoming> FrameReader::take_method(std::uint16_t channel,
                                                 const amqp_method_t& method) {
  if (method.id == AMQP_BASIC_DELIVER_METHOD) {
    const auto& deliver = arguments_of<amqp_basic_deliver_t>(method);
    return begin(channel, BrokerDelivery{deliver.delivery_tag, deliver.redelivered != 0, {}});
  }
  if (method.id == AMQP_BASIC_GET_OK_METHOD) {
    const auto& got = arguments_of<amqp_basic_get_ok_t>(method);
    return begin(channel, BrokerDelivery{got.delivery_tag, got.redelivered != 0, {}});
  }
  if (method.id == AMQP_BASIC_RETURN_METHOD) {
    const auto& back = arguments_of<amqp_basic_return_t>(method);
    return begin(channel, BrokerReturn{text_of(back.routing_key), text_of(back.reply_text), {}});
  }
  return read_plain(channel, method);
}

std::optional<Incoming> FrameReader::begin(std::uint16_t channel, BrokerEvent event) {
  if (begun_) return ProtocolBroken{"it began a message before the one before was whole"};
  begun_ = std::move(event);
  channel_ = channel;
  header_seen_ = false;
  bytes_seen_ = 0;
  return std::nullopt;
}

BrokerMessage& FrameReader::message() {
  if (auto* delivery = std::get_if<BrokerDelivery>(&*begun_)) return delivery->message;
  return std::get<BrokerReturn>(*begun_).message;
}

std::optional<Incoming> FrameReader::take_header(const amqp_frame_t& frame) {
  const auto& properties = frame.payload.properties;
  if (properties.class_id != AMQP_BASIC_CLASS) return ProtocolBroken{"it sent a strange header"};
  header_seen_ = true;
  message().size_bytes = properties.body_size;
  read_properties(*static_cast<const amqp_basic_properties_t*>(properties.decoded), message());
  return whole_message();
}

std::optional<Incoming> FrameReader::take_body(const amqp_bytes_t& fragment) {
  std::string& body = message().body;
  const std::size_t kept = std::min(fragment.len, kBodyBytesMax - body.size());
  if (kept > 0) body.append(static_cast<const char*>(fragment.bytes), kept);
  bytes_seen_ += fragment.len;
  return whole_message();
}

std::optional<Incoming> FrameReader::whole_message() {
  if (bytes_seen_ < message().size_bytes) return std::nullopt;
  Incoming whole(std::move(*begun_));
  begun_.reset();
  return whole;
}

}  // namespace holdfast
