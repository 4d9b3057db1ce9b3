// The guard: a small process between the worker and the task.
//
//   worker ──fork──> guard ──fork, exec──> task ──> whatever the task starts
//     └── channel ─────┘
//
// The worker may die at any instruction and then cannot clean up. The guard can: it is the reaper
// of all that the task starts, and it ends when its channel to the worker does. The worker asks it
// to signal the task, because only a parent knows that a process number still means its child.
//
// Its code runs in a fork of a program with many threads: no memory is allocated, no lock taken,
// nothing thrown.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "ports/runner.h"

namespace holdfast {

// What the worker asks of the guard. One packet each.
enum class GuardCommand : std::uint8_t {
  ask_to_stop,  // SIGTERM to the task's process group.
  kill,         // SIGKILL to everything; `ended` follows.
  freeze,       // Stop everything; `frozen` or `not_frozen` follows.
  thaw,         // Let everything go on.
};

enum class GuardWord : std::uint8_t {
  started,      // value: the task's process number. The program runs.
  not_started,  // value: errno; step: where it failed. The guard ends.
  frozen,
  not_frozen,  // value: a FreezeFault. Everything goes on.
  ended,       // value: the wait status. Nothing of the task is left; the guard ends.
};

enum class FreezeFault : std::int32_t {
  too_slow,       // Something did not stop in time.
  interrupted,    // The worker wanted something else.
  too_many,       // More processes than a ProcessList holds.
  not_supported,  // This kernel does not list the children of a process.
};

enum class LaunchStep : std::uint8_t { fork, change_directory, change_user, execute, wait };

struct GuardReport {
  GuardWord word = GuardWord::ended;
  LaunchStep step = LaunchStep::fork;
  std::int32_t value = 0;
  std::int32_t left_running = 0;  // ended: how many others of the task's processes still ran.
};

// All that the guard needs, made before the fork and outliving it in the guard's copy.
struct GuardPlan {
  pid_t worker = 0;
  int channel = -1;         // The guard's end of a sequenced-packet socket pair.
  int standard_input = -1;  // The task's.
  int output = -1;          // The task's standard output and error.
  bool terminal = false;    // They are a terminal, which is to control the task.
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char* working_directory = nullptr;
  const TaskUser* user = nullptr;  // null: the worker's.
  const char* proc = nullptr;
  const char* oom_score = nullptr;  // The task's: the guard's own is lowered if it may be.
  // Removed if the worker is gone, since it cannot do so itself; null: nothing.
  const char* socket = nullptr;
  const char* socket_folder = nullptr;
};

// The guard's life, from the fork to its end. All signals must be blocked.
[[noreturn]] void run_guard(const GuardPlan& plan) noexcept;

}  // namespace holdfast
