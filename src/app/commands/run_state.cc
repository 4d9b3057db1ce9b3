#include "app/commands/run_state.h"

#include <system_error>
#include <utility>

#include "app/commands/given_jobs.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/own_folder.h"
#include "core/text.h"
#include "holdfast/error.h"
#include "worker/workspace.h"

namespace holdfast {

RunState state_of(const RunOptions& options) {
  if (!options.state.empty()) return {std::filesystem::absolute(options.state).lexically_normal()};
  const std::string base = base_of(options.jobs);
  if (base == "-") {
    throw UsageError(
        "a list from standard input needs --state DIR, the folder for the state of the run; use "
        "the "
        "same folder to resume");
  }
  return {std::filesystem::absolute(base + ".holdfast").lexically_normal()};
}

void make_own(const RunState& state, std::size_t slots) {
  const bool earlier = std::filesystem::exists(state.folder / "submitted.sqlite");
  try {
    // An earlier release left no mark, and a store may have been put there, as out of a backup.
    const bool stored = std::filesystem::is_directory(state.folder / "store");
    if (!earlier) make_own_folder(state.folder, {{stored ? "store" : "lock"}, {"lock"}});
    for (std::size_t i = 0; i < slots; ++i) make_own_folder(state.work(i), old_workspace());
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

FolderLock lock(const RunState& state) {
  auto lock = FolderLock::try_lock(state.folder);
  if (lock) return std::move(*lock);
  throw UsageError("another holdfast run works with " + state.folder.string() +
                   "; wait until it ends, or choose another --state");
}

void forget_lost_queue(const RunState& state, Ledger& ledger) {
  const std::filesystem::path file = state.folder / "queue.sqlite";
  std::error_code error;
  const bool there = std::filesystem::exists(file, error) && std::filesystem::file_size(file) > 0;
  const std::uint64_t lost = there ? 0 : ledger.submitted_count();
  if (lost == 0) return;
  say("holdfast: warning: " + file.string() + " is lost, and with it " + grouped(lost) +
      " jobs; those of the list are submitted again\n");
  ledger.forget();
}

}  // namespace holdfast
