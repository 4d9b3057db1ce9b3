// What a broker says by itself, copied out of the library's buffers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace holdfast {

// A message as it came: its body and those of its properties that we use.
struct BrokerMessage {
  std::string body;
  std::uint64_t size_bytes =
      0;  // Of the body as it was sent; what is beyond the limit was dropped.
  std::string message_id;
  std::vector<std::pair<std::string, std::string>> headers;  // Text, and not the broker's own.
  std::uint64_t returns = 0;      // By the broker's count of deliveries; 0 if it does not count.
  std::string dead_lettered_for;  // Why a broker moved it here first; empty if none did.
};

struct BrokerDelivery {
  std::uint64_t delivery_tag = 0;
  bool redelivered = false;
  BrokerMessage message;
};

// A mandatory message that no queue took. Comes before the confirm of the same message.
struct BrokerReturn {
  std::string routing_key;
  std::string reason;
  BrokerMessage message;
};

struct BrokerConfirm {
  std::uint64_t delivery_tag = 0;
  bool multiple = false;  // All up to this tag.
  bool stored = false;    // False: the broker could not take it.
};

// The answer to asking an empty queue for a message.
struct NothingThere {};

// The broker ended our subscription; what it had delivered to it is no longer ours.
struct SubscriptionEnded {};

struct ChannelClosed {
  std::uint16_t channel = 0;
  int code = 0;
  std::string reason;
};

// The broker takes no messages for now: short of memory or disk.
struct PublishingBlocked {
  std::string reason;
};
struct PublishingUnblocked {};

using BrokerEvent =
    std::variant<BrokerDelivery, BrokerReturn, BrokerConfirm, NothingThere, SubscriptionEnded,
                 ChannelClosed, PublishingBlocked, PublishingUnblocked>;

}  // namespace holdfast
