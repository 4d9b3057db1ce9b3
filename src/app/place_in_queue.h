// Where a job's message is in a queue that can tell.
#pragma once

#include <optional>

#include "app/wiring.h"
#include "base/time.h"
#include "core/job.h"
#include "status/why.h"

namespace holdfast {

// nullopt: a broker, which does not say what is in its queue. Throws Error.
std::optional<PlaceInQueue> place_in(const QueueConfig& queue, const JobId& id, WallTime now);

}  // namespace holdfast
