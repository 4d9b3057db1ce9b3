// What `run` and `work` have in common: the settings of a worker from its options.
#pragma once

#include "app/command_line.h"
#include "app/config.h"
#include "worker/context.h"

namespace holdfast {

// Takes over what is given, for jobs of this store. Throws UsageError if the program cannot be
// found, before any job is taken for it.
void apply(const TaskOptions& options, const StoreConfig& store, WorkerSettings& settings);

}  // namespace holdfast
