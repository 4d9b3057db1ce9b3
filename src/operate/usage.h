// What a job takes in the store.
#pragma once

#include <cstdint>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct Usage {
  std::uint64_t jobs = 0;
  std::uint64_t objects = 0;  // But for the result's.
  std::uint64_t checkpoints_bytes = 0;
  std::uint64_t results_bytes = 0;   // Under the names that the user knows.
  std::uint64_t attempts_bytes = 0;  // What attempts left: copies of results, what they printed.
  std::uint64_t log_bytes = 0;

  std::uint64_t bytes() const {
    return checkpoints_bytes + results_bytes + attempts_bytes + log_bytes;
  }
  void add(const Usage& more);
};

// A listing of what the job has, and the list of its outputs if `newest` says that it is completed.
// Throws Error.
Usage usage_of(Store& store, const Clock& clock, const JobId& id, const Record& newest);

}  // namespace holdfast
