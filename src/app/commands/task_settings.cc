#include "app/commands/task_settings.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "adapters/local/program_lookup.h"
#include "adapters/local/task_user.h"
#include "app/usage_error.h"
#include "app/version.h"
#include "core/interval.h"

namespace holdfast {

namespace {

// No request is paid for: who follows a job's log sees it within a second.
constexpr Duration kLogEveryInFolder = std::chrono::milliseconds(500);

std::filesystem::path find_here(const std::string& name) {
  const char* path = ::getenv("PATH");
  return find_program(name, std::filesystem::current_path(),
                      path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
}

bool is_program(const std::string& name) {
  try {
    return !find_here(name).empty();
  } catch (const Error&) {
    return false;
  }
}

void require_program(const std::string& name) {
  // A name that is filled from the job is known only then, unless it is a whole command.
  const std::size_t filled = name.find('{');
  const std::size_t space = name.find(' ');
  if (filled != std::string::npos && (space > filled || !is_program(name.substr(0, space)))) return;
  try {
    const std::string wrong = what_is_wrong_with(find_here(name));
    if (!wrong.empty()) throw UsageError("cannot start " + name + ": " + wrong);
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

TaskUser user_of(const std::string& name) {
  if (::geteuid() != 0) {
    throw UsageError(
        "--run-as: only root may start programs as another user; start holdfast as "
        "that user instead");
  }
  auto user = find_user(name);
  if (!user) throw UsageError("--run-as: there is no user " + name + " in /etc/passwd");
  return std::move(*user);
}

// As "python3 train.py" does: the program would look in vain for it anywhere else. Its own name is
// looked up here in any case.
bool names_file_here(const std::vector<std::string>& command) {
  return std::any_of(command.begin() + 1, command.end(), [](const std::string& word) {
    const bool looks_like_file = word.find_first_of("./") != std::string::npos;
    const bool relative = !word.empty() && word.front() != '/' && word.front() != '-';
    std::error_code ignored;  // Then it is no file that a program could read.
    return looks_like_file && relative && std::filesystem::is_regular_file(word, ignored);
  });
}

}  // namespace

void apply(const TaskOptions& options, const StoreConfig& store, WorkerSettings& settings) {
  require_program(options.command.front());
  settings.command = options.command;
  settings.version = version();
  if (options.chdir.empty() && names_file_here(options.command)) {
    settings.working_directory = std::filesystem::current_path();
  } else if (!options.chdir.empty() && options.chdir != "checkpoint") {
    settings.working_directory = std::filesystem::absolute(options.chdir).lexically_normal();
    if (!std::filesystem::is_directory(settings.working_directory)) {
      throw UsageError("--chdir: there is no directory '" + options.chdir +
                       "'; name one, or checkpoint for the job's checkpoint directory");
    }
  }
  settings.results = options.results;
  settings.passed_environment = options.passed_environment;
  settings.terminal = options.terminal;
  if (!options.run_as.empty()) settings.run_as = user_of(options.run_as);
  settings.excluded = options.excluded;
  if (options.checkpoint_every) settings.checkpoint_every = *options.checkpoint_every;
  if (options.mtbf && !options.checkpoint_auto) {
    throw UsageError("--mtbf has an effect only with --checkpoint-every auto");
  }
  if (options.mtbf && *options.mtbf < std::chrono::seconds(1)) {
    throw UsageError("--mtbf must be at least one second");
  }
  if (options.checkpoint_auto) {
    settings.checkpoint_every = kFirstInterval;
    settings.adapt_to_mtbf = options.mtbf.value_or(kMtbfPrior);
  }
  if (options.checkpoint_pause) settings.checkpoint_pause = *options.checkpoint_pause;
  if (options.log_bytes_max) settings.task_log.size_bytes_max = *options.log_bytes_max;
  const bool folder = std::holds_alternative<FolderStoreConfig>(store);
  if (folder) settings.task_log.store_every = kLogEveryInFolder;
  if (options.log_every) settings.task_log.store_every = *options.log_every;
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
  if (options.checkpoints_kept_when_completed) {
    settings.checkpoints_kept_when_completed = *options.checkpoints_kept_when_completed;
  }
}

}  // namespace holdfast
