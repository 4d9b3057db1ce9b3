#include "app/commands/task_settings.h"

#include <stdlib.h>

#include <filesystem>

#include "adapters/local/program_lookup.h"
#include "app/usage_error.h"
#include "core/interval.h"

namespace holdfast {

namespace {

void require_program(const std::string& name) {
  // A name that is filled from the job is known only then.
  if (name.find('{') != std::string::npos) return;
  const char* path = ::getenv("PATH");
  try {
    static_cast<void>(find_program(name, std::filesystem::current_path(),
                                   path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"));
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

}  // namespace

void apply(const TaskOptions& options, WorkerSettings& settings) {
  require_program(options.command.front());
  settings.command = options.command;
  if (options.checkpoint_every) settings.checkpoint_every = *options.checkpoint_every;
  if (options.mtbf && !options.checkpoint_auto) {
    throw UsageError("--mtbf says something only with --checkpoint-every auto");
  }
  if (options.mtbf && *options.mtbf < std::chrono::seconds(1)) {
    throw UsageError("--mtbf wants a time of a second or more");
  }
  if (options.checkpoint_auto) {
    settings.checkpoint_every = kFirstInterval;
    settings.adapt_to_mtbf = options.mtbf.value_or(kMtbfPrior);
  }
  if (options.checkpoint_pause) settings.checkpoint_pause = *options.checkpoint_pause;
  if (options.lag_max) settings.lag_max = *options.lag_max;
  if (options.snapshot_space_bytes) {
    settings.snapshot_space_bytes_max = *options.snapshot_space_bytes;
  }
  if (options.grace) settings.grace = *options.grace;
  if (options.time_limit) settings.time_limit = *options.time_limit;
  if (options.stall_after) settings.stall_after = *options.stall_after;
  if (options.attempts_max) settings.retry.attempts_max = *options.attempts_max;
  if (options.failures_max) settings.retry.failures_max = *options.failures_max;
  if (options.checkpoints_kept) settings.checkpoints_kept = *options.checkpoints_kept;
}

}  // namespace holdfast
