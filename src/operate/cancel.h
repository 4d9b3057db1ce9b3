// Ends a job for good, whatever its state, with one append to its log. The worker that runs the job
// reads that record and stops; a worker that gets the message later does not start the job.
#pragma once

#include <optional>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct Cancellation {
  bool cancelled_now = false;
  // What its log said before; nullopt: nobody had claimed it. Unless cancelled_now, its end.
  std::optional<Record> before;
};

// `by`: the person, for the log. Throws Error; then it may be cancelled or not: ask again.
Cancellation cancel_job(Store& store, const Clock& clock, const JobId& id, const std::string& by);

// Whether the attempt that ran when the job was cancelled is known to be gone: its worker has
// stored the end of what it printed, which it does once the program has ended. Throws Error.
bool stopped_since(Store& store, const Clock& clock, const JobId& id,
                   const Cancellation& cancellation);

}  // namespace holdfast
