// What the queues on a broker are like, asked through refusals: AMQP has no question for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/amqp_url.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/management_reading.h"
#include "adapters/amqp/topology.h"

namespace holdfast {

// What an existing queue has, as far as the broker tells.
struct QueueLook {
  QueueSpec spec;
  std::vector<std::string> differences = {};  // From what was wanted, a sentence each.
  bool all_said = true;
  bool refused = false;  // This user may not ask.
};

// How many messages wait in it; nullopt if there is no such queue. Uses a channel of its own.
std::optional<std::uint64_t> waiting_in(Connection& connection, const AmqpUrl& url,
                                        const std::string& queue, TimePoint deadline);

// The queue must exist: else it is made as wanted.
QueueLook look_at(Connection& connection, const AmqpUrl& url, const QueueSpec& wanted,
                  TimePoint deadline);

// After how many returns the queue sets a message aside, by its arguments and its policy (which
// only the management interface tells); nullopt: practically never. A small one if we may not ask.
std::optional<std::uint64_t> delivery_limit_of(const QueueLook& existing,
                                               const std::optional<ManagedQueue>& managed);

// nullptr if the queue does not have the argument.
const QueueArgumentValue* find_argument(const QueueSpec& spec, const std::string& argument);

}  // namespace holdfast
