// How many jobs are in which state: the queue knows what waits, the store what became of those that
// were claimed. Looking at the store costs two requests per job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/record.h"
#include "core/unfit_notice.h"
#include "ports/clock.h"
#include "ports/queue.h"
#include "ports/store.h"

namespace holdfast {

struct StoreCounts {
  std::uint64_t waiting = 0;  // Handed back: they are among the queue's waiting ones too.
  std::uint64_t running = 0;
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;
  // Folders without a log: jobs that only another program has worked on, or no jobs at all.
  std::uint64_t others = 0;
  // Of those that run, the one whose durable state lags furthest behind (status/job_status.h).
  std::uint64_t lag_seconds_max = 0;
  std::string lag_job;  // Empty: none runs.
  // Jobs whose log cannot be read because it is damaged.
  std::uint64_t damaged = 0;

  std::uint64_t looked_at() const {
    return waiting + running + completed + dead + cancelled + others + damaged;
  }
};

// Reads the newest record of every job, several at a time. `progress` is told now and then, on the
// caller's thread; true ends the counting early. Throws Error.
StoreCounts count_store(Store& store, const Clock& clock,
                        const std::function<bool(const StoreCounts& so_far)>& progress);

// Nodes that take no more jobs, as far as the first kUnfitMax. Throws Error.
constexpr std::size_t kUnfitMax = 1000;
std::vector<UnfitNotice> unfit_workers(Store& store, const Clock& clock);

}  // namespace holdfast
