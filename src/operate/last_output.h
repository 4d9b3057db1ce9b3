// The end of what a job's program printed in its newest attempt that left something.
#pragma once

#include <optional>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct LastOutput {
  AttemptNumber attempt;
  std::string text;  // As it was printed: may hold anything.
};

// Looks a few attempts back. Throws Error.
std::optional<LastOutput> last_output(Store& store, const Clock& clock, const JobId& id,
                                      const Record& newest);

}  // namespace holdfast
