// What has become of the jobs of a list that holdfast run works off.
#pragma once

#include <algorithm>
#include <cstdint>

#include "adapters/sqlite/sqlite_queue_view.h"
#include "ports/clock.h"
#include "ports/ledger.h"
#include "ports/store.h"

namespace holdfast {

struct Tally {
  std::uint64_t jobs = 0;  // All that were ever submitted to this state.
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t left = 0;

  // That neither the store nor the queue knows anything of.
  std::uint64_t missing() const {
    return jobs - std::min(jobs, completed + dead + cancelled + left);
  }
};

// The jobs' logs say how they ended; a letter can have been dropped. The queue knows what is left
// to do, and of results that could not be published though the log says completed.
Tally tally_of(Store& store, SqliteQueueView& queue, Ledger& ledger, const Clock& clock);

}  // namespace holdfast
