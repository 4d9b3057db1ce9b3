// Finds, stops and kills whole trees of processes.
//
// Everything here runs in a guard process, a fork of a program with many threads: it allocates no
// memory, takes no lock and throws nothing. `proc` is the mounted process file system ("/proc"),
// which may be missing.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast {

// Milliseconds of the monotonic clock. The guard has no Clock: it must not touch its parent's.
std::int64_t monotonic_ms() noexcept;

class ProcessList {
 public:
  static constexpr std::size_t kProcessesMax = 4096;

  // False if the list is full.
  bool add(pid_t process) noexcept;
  void clear() noexcept { count_ = 0; }

  const pid_t* begin() const noexcept { return processes_.data(); }
  const pid_t* end() const noexcept { return processes_.data() + count_; }
  std::size_t size() const noexcept { return count_; }
  pid_t operator[](std::size_t index) const noexcept { return processes_[index]; }

 private:
  std::array<pid_t, kProcessesMax> processes_{};
  std::size_t count_ = 0;
};

// Adds the children of `process` to `children`; `self` is meant by 0. False if `proc` does not say.
bool add_children(const char* proc, pid_t process, ProcessList& children) noexcept;

enum class Motion { still, moving, gone };

// `still` when every thread of `process` has stopped or ended, so that none runs user code.
Motion motion_of(const char* proc, pid_t process) noexcept;

// How the task's own process ended, once it has.
struct Reaped {
  pid_t task = 0;
  bool ended = false;
  int wait_status = 0;
};

// Reaps every child that has ended, and notes the task's status. False once no child is left.
bool reap_children(Reaped& reaped) noexcept;

// Kills every child of the calling process, which is their subreaper, until none is left: those
// whose parent dies become children of the caller and are next. SIGCHLD must be blocked. False if
// some are still there at `deadline_ms` (stuck in the kernel; they never run user code again).
bool kill_all_children(const char* proc, Reaped& reaped, std::int64_t deadline_ms) noexcept;

}  // namespace holdfast
