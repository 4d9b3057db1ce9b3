// The properties of a message, between AMQP's form and ours.
#pragma once

#include <amqp.h>

#include "adapters/amqp/broker_event.h"
#include "adapters/amqp/fields.h"
#include "base/time.h"
#include "ports/queue.h"

namespace holdfast {

// Headers must fit into one frame together. Longer ones keep their beginning.
inline constexpr std::size_t kHeaderBytesMax = 16'384;
inline constexpr std::size_t kHeadersBytesMax = 98'304;

// What goes out with `message`, which must outlive this object.
class OutgoingContent {
 public:
  OutgoingContent(const Message& message, WallTime now);
  OutgoingContent(const OutgoingContent&) = delete;
  OutgoingContent& operator=(const OutgoingContent&) = delete;

  const amqp_basic_properties_t& properties() const { return properties_; }

 private:
  FieldTable headers_;
  amqp_basic_properties_t properties_{};
};

// Reads what came with a message into `message`.
void read_properties(const amqp_basic_properties_t& properties, BrokerMessage& message);

}  // namespace holdfast
