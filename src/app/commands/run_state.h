// The folder in which holdfast run keeps a list's queue, checkpoints and results.
//
//   STATE/lock              one run at a time
//   STATE/queue.sqlite      the embedded queue
//   STATE/submitted.sqlite  which jobs of the list it has
//   STATE/store/            the store, laid out as a bucket is
//   STATE/work              the running jobs' files, a folder a slot
//   STATE/logs/JOB.log      what jobs print
//   STATE/inputs/           inputs from elsewhere, kept for the next job
#pragma once

#include <cstddef>
#include <filesystem>

#include "app/command_line.h"
#include "app/config.h"
#include "app/folder_lock.h"
#include "ports/ledger.h"

namespace holdfast {

struct RunState {
  std::filesystem::path folder;

  QueueConfig queue() const { return FolderQueueConfig{folder}; }
  StoreConfig store() const { return FolderStoreConfig{folder / "store"}; }
  std::filesystem::path work(std::size_t slot) const {
    return folder / "work" / std::to_string(slot + 1);
  }
  std::filesystem::path logs() const { return folder / "logs"; }
  std::filesystem::path inputs() const { return folder / "inputs"; }
};

// Throws UsageError if it has no name.
RunState state_of(const RunOptions& options);

// Nobody's files are removed but those of jobs. Throws UsageError if there may be others.
void make_own(const RunState& state, std::size_t slots);

// Throws UsageError if another run works there.
FolderLock lock(const RunState& state);

// The ledger says what the queue was given. Where that file is lost, with everything in it, it says
// so no more: the jobs are sent again, and those that have ended end again at once.
void forget_lost_queue(const RunState& state, Ledger& ledger);

}  // namespace holdfast
