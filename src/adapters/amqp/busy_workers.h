// Which workers hold a message, as the broker's management interface tells: a worker's connection
// bears its id. (Its consumer does too, but a busy worker has none: it wants no second message.)
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/amqp_admin.h"

namespace holdfast {

// Some seconds old. nullopt: the interface cannot be reached or does not tell.
std::optional<std::vector<std::string>> busy_workers(const FetchFromManagement& fetch,
                                                     const std::string& vhost);

}  // namespace holdfast
