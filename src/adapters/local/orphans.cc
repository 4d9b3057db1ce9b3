#include "adapters/local/orphans.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <vector>

#include "adapters/local/process_tree.h"
#include "base/locked.h"

namespace holdfast {

namespace {

constexpr std::int64_t kKillWaitMs = 30'000;
constexpr int kLookAgainMs = 5;

// Locked over each fork, so that nobody sees a child of ours before it is known.
Locked<std::set<pid_t>>& known_children() {
  static Locked<std::set<pid_t>> children;
  return children;
}

std::vector<pid_t> children_of_ours(const std::filesystem::path& proc) {
  const auto children = std::make_unique<ProcessList>();  // Too large for a stack.
  if (!add_children(proc.c_str(), 0, *children)) {
    children->clear();
    add_own_children_by_scan(proc.c_str(), *children);
  }
  return std::vector<pid_t>(children->begin(), children->end());
}

}  // namespace

void become_subreaper(const std::filesystem::path& proc) {
  known_children().with([&](std::set<pid_t>& known) {
    int subreaper = 0;
    ::prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    if (subreaper != 0) return;
    for (const pid_t child : children_of_ours(proc)) known.insert(child);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  });
}

pid_t fork_known_child() noexcept {
  pid_t child = 0;
  known_children().with([&](std::set<pid_t>& known) {
    child = ::fork();
    if (child > 0) known.insert(child);
  });
  return child;
}

void forget_known_child(pid_t child) noexcept {
  known_children().with([&](std::set<pid_t>& known) { known.erase(child); });
}

bool kill_orphans(const std::filesystem::path& proc) {
  const std::int64_t deadline = monotonic_ms() + kKillWaitMs;
  for (;;) {  // Ends: the deadline.
    bool found = false;
    known_children().with([&](std::set<pid_t>& known) {
      for (const pid_t child : children_of_ours(proc)) {
        if (known.contains(child)) continue;
        ::kill(child, SIGKILL);
        // Of this process alone, whose guards others wait for.
        found |= ::waitpid(child, nullptr, WNOHANG) == 0;
      }
    });
    if (!found) {
      // What the last ones left has become ours by now.
      bool more = false;
      known_children().with([&](std::set<pid_t>& known) {
        for (const pid_t child : children_of_ours(proc)) more |= !known.contains(child);
      });
      if (!more) return true;
    }
    if (monotonic_ms() >= deadline) return false;
    ::poll(nullptr, 0, kLookAgainMs);  // No event tells of a child of this kind alone.
  }
}

}  // namespace holdfast
