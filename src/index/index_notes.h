// What a worker or a command still has to write into the job index. Telling never waits for the
// store; the newest record of a job replaces one that was not written yet, so the backlog of a
// store that is away stays small. Nothing depends on it: what is lost here, the next record of the
// job or the next look at its log brings back.
//
// tell() may be called on any thread; write_next() on one.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/locked.h"
#include "core/job.h"
#include "core/record.h"
#include "index/job_index.h"
#include "ports/clock.h"

namespace holdfast {

class IndexNotes {
 public:
  // Progress of a running job is written this often; a change of its state at once.
  static constexpr Duration kProgressEvery = std::chrono::minutes(5);
  // Jobs that wait to be written; beyond that the first in order are forgotten.
  static constexpr std::size_t kWaitingMax = 10'000;
  // One in so many ended jobs has its shard looked at, and folded if that is worth it.
  static constexpr std::uint64_t kFoldOneIn = 32;

  // Borrows the clock. The index is used by write_next() only.
  IndexNotes(const Clock& clock, JobIndex index) : clock_(clock), index_(std::move(index)) {}

  // The job's newest record is `record`. True if nothing waited before, and something does now.
  bool tell(const JobId& job, const Record& record);

  // Writes one entry, or folds one shard. False if there is nothing to do. Throws Error; what was
  // to be written is dropped then.
  bool write_next(TimePoint deadline);

 private:
  struct Written {
    IndexEntry entry;
    TimePoint when;
  };

  struct State {
    std::map<std::string, IndexEntry> waiting;
    // What stands in the index of jobs that go on, so that it can be removed.
    std::map<std::string, Written> written;
  };

  const Clock& clock_;
  JobIndex index_;
  Locked<State> state_;
  std::optional<std::string> to_fold_;
};

}  // namespace holdfast
