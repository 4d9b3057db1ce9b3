// What `run` and `work` have in common: the settings of a worker from its options.
#pragma once

#include "app/command_line.h"
#include "worker/context.h"

namespace holdfast {

// Takes over what is given. Throws UsageError if the program cannot be found, before any job is
// taken for it.
void apply(const TaskOptions& options, WorkerSettings& settings);

}  // namespace holdfast
