// What a RabbitMQ management interface tells of a queue, as far as AMQP does not.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/amqp/amqp_url.h"
#include "ports/examination.h"

namespace holdfast {

// Fetches a path below the broker's management address and returns the body; nullopt if it cannot.
using FetchFromManagement = std::function<std::optional<std::string>(const std::string& path)>;

struct ManagedQueue {
  std::optional<std::int64_t> in_flight;  // A queue that is new has no numbers yet.
  // x-consumer-timeout of the queue's arguments and consumer-timeout of its policy.
  std::optional<std::int64_t> timeout_argument;
  std::optional<std::int64_t> timeout_policy;
  std::optional<std::int64_t> delivery_limit;       // Of its policy.
  std::optional<std::string> dead_letter_exchange;  // Of its policy.
  std::optional<std::string> dead_letter_key;
  // All that its arguments and its policies (those of operators included) set, as text, and what
  // it is else: durable, auto_delete, exclusive.
  std::map<std::string, std::string> arguments;
  std::map<std::string, std::string> policy;
  std::map<std::string, bool> properties;
  std::string policy_name;
  std::optional<HoldLimit> consumers;  // What counts for those that it has; nullopt if none.
};

// Asks it about a queue; nullopt if it does not tell, or `fetch` is empty.
std::optional<ManagedQueue> managed_queue(const FetchFromManagement& fetch, const AmqpUrl& url,
                                          const std::string& queue);

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
