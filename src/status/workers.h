// The workers of a fleet that are there, each with its job: what they say of themselves, united
// with the jobs that run. Costs one request for a thousand workers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/fleet_layout.h"
#include "core/worker_sign.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "status/job_list.h"

namespace holdfast {

struct SeenWorker {
  WorkerSign sign;                // Without `started` and `version` if only its job tells of it.
  std::optional<IndexEntry> job;  // That it runs.
};

// Who has given no sign for so long is gone. Workers renew theirs every five minutes.
constexpr std::int64_t kGoneSeconds = 15 * 60;

// By name. Throws Error.
std::vector<SeenWorker> seen_workers(Store& store, const Clock& clock, const FleetLayout& fleet,
                                     const std::vector<IndexEntry>& running, std::int64_t now);

}  // namespace holdfast
