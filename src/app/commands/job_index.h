// The job index of the queue that a command names, with this machine's cache of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/wiring.h"
#include "index/fold_cache.h"
#include "index/job_index.h"
#include "ports/clock.h"
#include "status/job_list.h"

namespace holdfast {

class QueueIndex {
 public:
  // Throws UsageError, and Error if the store cannot be used.
  QueueIndex(const PlaceOptions& place, const std::string& state, Clock& clock);

  JobIndex& jobs() { return *jobs_; }
  Store& store() { return store_->store(); }
  // nullptr: the store is on this machine, so nothing is gained.
  const FoldCache* cache() const { return cache_ ? &*cache_ : nullptr; }

 private:
  std::optional<StoreStack> store_;
  std::optional<JobIndex> jobs_;
  std::optional<FoldCache> cache_;
};

// Parts of the index that could not be read, a line each.
void tell_problems(const JobList& list);

std::int64_t seconds_since_1970(WallTime time);

}  // namespace holdfast
