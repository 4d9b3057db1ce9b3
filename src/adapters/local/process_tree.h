// Finds, stops and kills whole trees of processes.
//
// Everything here runs in a guard process, a fork of a program with many threads: it allocates no
// memory, takes no lock and throws nothing. `proc` is where the process file system is mounted.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast {

// Milliseconds of the monotonic clock. The guard has no Clock: it must not touch its parent's.
std::int64_t monotonic_ms() noexcept;

// A path below `proc`, put together without snprintf, which may allocate.
class ProcPath {
 public:
  ProcPath& add(std::string_view text) noexcept;
  ProcPath& add(pid_t number) noexcept;
  const char* c_str() const noexcept { return text_.data(); }

 private:
  std::array<char, 256> text_{};
  std::size_t length_ = 0;
};

// Too large for a stack. What is not used of it takes no memory where it is static.
class ProcessList {
 public:
  static constexpr std::size_t kProcessesMax = 65536;

  // False if the list is full.
  bool add(pid_t process) noexcept;
  void clear() noexcept { count_ = 0; }
  bool full() const noexcept { return count_ == kProcessesMax; }

  const pid_t* begin() const noexcept { return processes_.data(); }
  const pid_t* end() const noexcept { return processes_.data() + count_; }
  std::size_t size() const noexcept { return count_; }
  pid_t operator[](std::size_t index) const noexcept { return processes_[index]; }

 private:
  std::array<pid_t, kProcessesMax> processes_{};
  std::size_t count_ = 0;
};

// A set of process numbers.
class ProcessSet {
 public:
  void add(pid_t process) noexcept { word(process) |= bit(process); }
  void remove(pid_t process) noexcept { word(process) &= ~bit(process); }
  bool contains(pid_t process) const noexcept {
    return (words_[index(process)] & bit(process)) != 0;
  }

 private:
  static constexpr std::size_t kPidMax = 4 * 1024 * 1024;  // The kernel's own upper bound.
  static std::size_t index(pid_t process) noexcept {
    return static_cast<std::size_t>(process) % kPidMax / 64;
  }
  static std::uint64_t bit(pid_t process) noexcept {
    return std::uint64_t{1} << (static_cast<std::uint64_t>(process) % 64);
  }
  std::uint64_t& word(pid_t process) noexcept { return words_[index(process)]; }

  std::array<std::uint64_t, kPidMax / 64> words_{};
};

// Adds the children of `process` to `children`; `self` is meant by 0. False if the kernel does not
// list children (built without CONFIG_PROC_CHILDREN), or nothing is mounted there.
bool add_children(const char* proc, pid_t process, ProcessList& children) noexcept;

// Adds the children of the calling process, found by looking at every process: works on any kernel,
// but not without its process file system.
void add_own_children_by_scan(const char* proc, ProcessList& children) noexcept;

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
