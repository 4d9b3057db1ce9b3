// The job index of the queue that a command names, with this machine's cache of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/settings.h"
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
  QueueIndex(const Settings& settings, Clock& clock);

  JobIndex& jobs() { return *jobs_; }
  const FleetLayout& layout() const { return layout_; }
  Store& store() { return store_->store(); }
  const FleetLayout& layout() const { return layout_; }
  const FoldCache* cache() const { return cache_ ? &*cache_ : nullptr; }

  // Whether every job that was ever claimed is in the index: the store began with a version that
  // keeps one, or somebody built it from the logs. Throws Error.
  bool complete();
  // Corrects, the first time, entries that are wrong because their worker was killed; a person who
  // may only read sees them as they are. Throws Error.
  JobOverview list(const JobQuestion& question);

 private:
  Clock& clock_;
  const FleetLayout layout_;
  bool mended_ = false;
  std::optional<StoreStack> store_;
  std::optional<JobIndex> jobs_;
  std::optional<FoldCache> cache_;  // nullopt: the store is on this machine, so nothing is gained.
};

// Parts of the index that could not be read, a line each.
void tell_problems(const JobOverview& list);

std::int64_t seconds_since_1970(WallTime time);

}  // namespace holdfast
