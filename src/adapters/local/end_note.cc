#include "adapters/local/end_note.h"

#include <csignal>

namespace holdfast {

namespace {

constexpr Duration kSoonAfterThaw = std::chrono::seconds(1);

}  // namespace

std::string end_note(const TaskExited& end, const std::string& memory,
                     std::optional<Duration> since_thaw) {
  if (end.guard_lost) {
    return "the process that watches the program was killed, perhaps by the kernel for lack of "
           "memory" +
           (memory.empty() ? "" : " (" + memory + ")") + "; the whole program was ended too";
  }
  if (end.oom_kill) return memory;
  const bool failed = end.signal || end.code.value_or(0) != 0;
  if (failed && since_thaw && *since_thaw < kSoonAfterThaw) {
    return "it ended within a second after it was stopped for a checkpoint: some system calls, "
           "such "
           "as epoll_wait, then return EINTR, which the program must repeat; see "
           "docs/snapshots.md, or take no checkpoints by the clock (--checkpoint-every 0)";
  }
  return {};
}

}  // namespace holdfast
