// What a worker shows of itself: whether it is well, and its numbers (docs/metrics.md). Pure.
#pragma once

#include <string>
#include <vector>

#include "core/store_traffic.h"
#include "worker/worker_board.h"

namespace holdfast {

// A thread that shows itself this much later than it said is stuck. Calls of the broker and the
// store have deadlines far below; what remains is a disk that hangs or a fault of ours.
constexpr Duration kRoundMax = std::chrono::minutes(5);
// A transfer in which no request to the store came to its end for so long is stuck: it may hash
// for a while, and even a slow line moves a chunk in a few minutes.
constexpr Duration kTransferRoundMax = std::chrono::minutes(30);

struct WorkerHealth {
  std::vector<std::string> stuck;     // A sentence for each thread that is; empty: all is well.
  std::vector<std::string> degraded;  // What somebody has to mend while the worker waits for it.

  bool good() const { return stuck.empty(); }
};

// A task that computes for days is well; so is a worker whose broker or store is away, which it
// waits for.
WorkerHealth health_of(const WorkerBoard& board, const StoreTraffic& traffic, TimePoint now);

// One line of JSON. `worker` is its id.
std::string health_page(const WorkerHealth& health, const WorkerBoard& board,
                        const std::string& worker);

std::string metrics_page(const WorkerBoard& board, const StoreTraffic& traffic,
                         const std::string& worker, const std::string& version, TimePoint now);

std::string_view to_text(WorkerStage stage);

}  // namespace holdfast
