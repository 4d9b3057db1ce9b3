// What a RabbitMQ management interface tells of a queue, as far as AMQP does not. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ports/examination.h"

namespace holdfast {

struct ManagedQueue {
  // x-consumer-timeout of the queue's arguments and consumer-timeout of its policy.
  std::optional<std::int64_t> timeout_argument;
  std::optional<std::int64_t> timeout_policy;
  std::optional<std::string> dead_letter_exchange;  // Of its policy.
  std::optional<std::string> dead_letter_key;
  std::optional<HoldLimit> consumers;  // What counts for those that it has; nullopt if none.
};

// The answer to /api/queues/{vhost}/{queue}; nullopt if it is none.
std::optional<ManagedQueue> read_managed_queue(std::string_view body);

// Of the answer to /api/consumers/{vhost}: what counts for a consumer of `queue`.
std::optional<HoldLimit> read_consumer_limit(std::string_view body, std::string_view queue);

// 3.10.8 as {3, 10}; {0, 0} if it is none.
struct BrokerVersion {
  unsigned major = 0;
  unsigned minor = 0;
  friend auto operator<=>(const BrokerVersion&, const BrokerVersion&) = default;
};
BrokerVersion read_version(std::string_view text);

}  // namespace holdfast
