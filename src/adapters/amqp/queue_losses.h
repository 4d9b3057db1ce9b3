// By which of its properties a queue throws messages away that it has confirmed, whoever set them:
// an argument of the queue, or a policy of the broker's operator.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/management_reading.h"
#include "adapters/amqp/topology.h"

namespace holdfast {

// A sentence for each, with its cure. `spec` is what the queue was found to be (queue_look.h);
// without `managed` nobody tells what policies say. Of a retry queue, messages leave after a while
// by right: `passes_on`.
std::vector<std::string> losses_of(const QueueSpec& spec,
                                   const std::optional<ManagedQueue>& managed, bool passes_on);

}  // namespace holdfast
