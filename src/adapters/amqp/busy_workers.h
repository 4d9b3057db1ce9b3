// Which workers hold a message of a queue, as the broker's management interface tells: a worker's
// consumer bears its id.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/amqp_admin.h"

namespace holdfast {

// Some seconds old. nullopt: the interface cannot be reached or does not tell.
std::optional<std::vector<std::string>> busy_workers(const FetchFromManagement& fetch,
                                                     const std::string& vhost,
                                                     const std::string& queue);

}  // namespace holdfast
