// Which of some jobs have ended, looked at again and again. Asks the job index, which costs a few
// listings however many jobs there are. An index can have lost a note, so with each look the logs
// of a few jobs that it shows as open are read as well, each in its turn. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/index_entry.h"
#include "core/job.h"
#include "index/job_index.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct EndedJob {
  JobId id;
  JobState state = JobState::completed;
  std::uint64_t attempt = 0;
  std::string why = {};     // dead: the reason.
  std::string damage = {};  // Its log cannot be read, so nothing will come of it; else empty.
};

class JobWatch {
 public:
  static constexpr std::size_t kLogsPerLook = 8;

  // Borrows all but the ids. `cache` may be nullptr.
  JobWatch(JobIndex& index, const FoldCache* cache, Store& store, const Clock& clock,
           const std::vector<JobId>& jobs);

  // Watches these as well.
  void add(const std::vector<JobId>& jobs);

  // Those that have ended since the look before, by id. Throws Error if the store does not answer.
  std::vector<EndedJob> look();

  std::size_t open() const { return open_.size(); }

 private:
  JobIndex& index_;
  const FoldCache* cache_;
  Store& store_;
  const Clock& clock_;
  std::map<std::string, JobId> open_;
  std::string log_read_last_;
};

}  // namespace holdfast
