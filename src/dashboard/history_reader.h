// Reads jobs' whole logs, and remembers them: a record never changes, so a second look asks only
// for those that came since. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/locked.h"
#include "core/job.h"
#include "core/record.h"
#include "dashboard/attempt_lanes.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct JobHistory {
  std::optional<Record> newest;
  JobLanes lanes;
};

class HistoryReader {
 public:
  // Of one job, the newest; what is older is not drawn.
  static constexpr std::uint64_t kRecordsMax = 1000;
  static constexpr std::size_t kJobsKept = 2000;

  // Borrows both.
  HistoryReader(Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  // `number`: that of the newest record if the caller knows it, which saves a request; 0 if not.
  // Throws Error.
  JobHistory read(const JobId& job, std::uint64_t number);
  // What was read of it before, if anything was.
  std::optional<JobHistory> known(const std::string& job);

 private:
  struct Kept {
    JobHistory history;
    std::uint64_t used = 0;
  };
  struct State {
    std::map<std::string, Kept> jobs;
    std::uint64_t uses = 0;
  };

  void keep(const std::string& job, const JobHistory& history);

  Store& store_;
  const Clock& clock_;
  Locked<State> state_;
};

}  // namespace holdfast
