// Puts frames together to what they mean. No connection needed, so it can be tested by itself.
#pragma once

#include <amqp.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "adapters/amqp/broker_event.h"

namespace holdfast {

// The answer to something that we asked.
struct BrokerReply {
  std::uint16_t channel = 0;
  std::uint32_t method = 0;
  std::uint32_t messages = 0;  // Of a queue that we asked about.
};

struct ConnectionClosed {
  int code = 0;
  std::string reason;
};

// The broker broke the protocol; nothing that it says can be trusted to be whole.
struct ProtocolBroken {
  std::string reason;
};

using Incoming = std::variant<BrokerEvent, BrokerReply, ConnectionClosed, ProtocolBroken>;

// One per connection.
class FrameReader {
 public:
  // What is longer is cut off and can be told by its size.
  static constexpr std::size_t kBodyBytesMax = 16u << 20;

  // nullopt if more frames belong to it. Copies all that it returns.
  std::optional<Incoming> take(const amqp_frame_t& frame);

 private:
  std::optional<Incoming> take_method(std::uint16_t channel, const amqp_method_t& method);
  std::optional<Incoming> take_header(const amqp_frame_t& frame);
  std::optional<Incoming> take_body(const amqp_bytes_t& fragment);
  std::optional<Incoming> begin(std::uint16_t channel, BrokerEvent event);
  std::optional<Incoming> whole_message();
  BrokerMessage& message();

  // A delivery or return whose message is still to come.
  std::optional<BrokerEvent> begun_;
  std::uint16_t channel_ = 0;
  bool header_seen_ = false;
  std::uint64_t bytes_seen_ = 0;
};

}  // namespace holdfast
