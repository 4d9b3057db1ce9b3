// Which workers hold messages, as the broker's management interface tells: a worker's connection
// bears its id. One that is busy has no consumer, for it wants no second message; one that has a
// consumer beside what it holds waits for a job.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/amqp_admin.h"
#include "core/fleet.h"

namespace holdfast {

// All of the virtual host, some seconds old. nullopt: the interface cannot be reached, or it shows
// this user (without the tag `monitoring`) its own connections only.
std::optional<std::vector<HoldingWorker>> holding_workers(const FetchFromManagement& fetch,
                                                          const std::string& vhost);

}  // namespace holdfast
