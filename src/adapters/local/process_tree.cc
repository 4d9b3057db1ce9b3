#include "adapters/local/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace holdfast {

namespace {

constexpr pid_t kPidMax = 4 * 1024 * 1024;  // The kernel's own upper bound.
constexpr pid_t kSearchStep = 32 * 1024;
constexpr std::int64_t kReapWaitMs = 10;
constexpr std::size_t kPathBytesMax = 256;

// Closes a descriptor of the guard, at the end of the block.
class Closing {
 public:
  explicit Closing(int fd) noexcept : fd_(fd) {}
  ~Closing() {
    if (fd_ >= 0) ::close(fd_);
  }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// A path below `proc`, put together without snprintf, which may allocate.
class ProcPath {
 public:
  ProcPath& add(std::string_view text) noexcept {
    const std::size_t length = std::min(text.size(), kPathBytesMax - 1 - length_);
    std::memcpy(text_.data() + length_, text.data(), length);
    length_ += length;
    text_[length_] = '\0';
    return *this;
  }
  ProcPath& add(pid_t number) noexcept {
    std::array<char, 16> digits{};
    std::size_t at = digits.size();
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    return add(std::string_view(digits.data() + at, digits.size() - at));
  }
  const char* c_str() const noexcept { return text_.data(); }

 private:
  std::array<char, kPathBytesMax> text_{};
  std::size_t length_ = 0;
};

int open_task_folder(const char* proc, pid_t process) noexcept {
  ProcPath path;
  path.add(std::string_view(proc)).add("/");
  if (process == 0) {
    path.add("self");
  } else {
    path.add(process);
  }
  path.add("/task");
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// Calls `visit(thread id as text)` for each thread. False if the folder cannot be read.
template <typename Visit>
bool for_each_thread(int task_folder, const Visit& visit) noexcept {
  alignas(dirent64) std::array<char, 2048> buffer;
  for (;;) {  // Ends: the kernel gives each thread once.
    const ssize_t got = ::getdents64(task_folder, buffer.data(), buffer.size());
    if (got <= 0) return got == 0;
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      if (entry->d_name[0] != '.') visit(entry->d_name);
      at += entry->d_reclen;
    }
  }
}

int open_thread_file(int task_folder, const char* thread, const char* name) noexcept {
  ProcPath path;
  path.add(std::string_view(thread)).add("/").add(std::string_view(name));
  return ::openat(task_folder, path.c_str(), O_RDONLY | O_CLOEXEC);
}

// Reads "12 345 6 " into `children`; a number may be cut by the end of a block.
bool read_numbers(int file, ProcessList& children) noexcept {
  std::array<char, 1024> block;
  pid_t number = 0;
  for (;;) {  // Ends: the file does.
    const ssize_t got = ::read(file, block.data(), block.size());
    if (got < 0) return false;
    if (got == 0) break;
    for (ssize_t i = 0; i < got; ++i) {
      const char c = block[static_cast<std::size_t>(i)];
      if (c >= '0' && c <= '9') {
        number = number * 10 + (c - '0');
      } else if (number > 0) {
        children.add(number);
        number = 0;
      }
    }
  }
  if (number > 0) children.add(number);
  return true;
}

// The state letter of /proc/PID/stat; it follows the name in parentheses, which may hold any byte.
char state_letter(int file) noexcept {
  std::array<char, 512> text;
  const ssize_t got = ::read(file, text.data(), text.size());
  if (got <= 0) return 'X';
  const std::string_view line(text.data(), static_cast<std::size_t>(got));
  const std::size_t parenthesis = line.rfind(')');
  return parenthesis + 2 < line.size() ? line[parenthesis + 2] : 'X';
}

bool is_child(pid_t process) noexcept {
  siginfo_t unused{};
  return ::waitid(P_PID, static_cast<id_t>(process), &unused, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Without /proc nobody lists our children, but the kernel tells of any number whether it is one.
// Numbers are given out in ascending order, so the search goes up from the task's own; a part at a
// time, since the last child may be gone meanwhile.
void kill_next_child_by_search(pid_t& at) noexcept {
  for (pid_t tried = 0; tried < kSearchStep; ++tried) {
    at = at >= kPidMax ? 2 : at + 1;
    if (is_child(at)) {
      ::kill(at, SIGKILL);
      return;
    }
  }
}

void wait_for_child_signal() noexcept {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const timespec wait{0, kReapWaitMs * 1'000'000};
  ::sigtimedwait(&child, nullptr, &wait);
}

}  // namespace

std::int64_t monotonic_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

bool ProcessList::add(pid_t process) noexcept {
  if (count_ == kProcessesMax) return false;
  processes_[count_++] = process;
  return true;
}

bool add_children(const char* proc, pid_t process, ProcessList& children) noexcept {
  const Closing folder(open_task_folder(proc, process));
  if (folder.get() < 0) return false;
  bool complete = true;
  const bool listed = for_each_thread(folder.get(), [&](const char* thread) {
    const Closing file(open_thread_file(folder.get(), thread, "children"));
    if (file.get() < 0 || !read_numbers(file.get(), children)) complete = false;
  });
  return listed && complete;
}

Motion motion_of(const char* proc, pid_t process) noexcept {
  const Closing folder(open_task_folder(proc, process));
  if (folder.get() < 0) return Motion::gone;
  Motion motion = Motion::gone;
  for_each_thread(folder.get(), [&](const char* thread) {
    const Closing file(open_thread_file(folder.get(), thread, "stat"));
    const char state = file.get() < 0 ? 'X' : state_letter(file.get());
    const bool ended = state == 'Z' || state == 'X' || state == 'x';
    const bool stopped = state == 'T' || state == 't';
    if (stopped && motion == Motion::gone) motion = Motion::still;
    if (!stopped && !ended) motion = Motion::moving;
  });
  return motion;
}

bool reap_children(Reaped& reaped) noexcept {
  for (;;) {  // Ends: each round removes a child.
    int status = 0;
    const pid_t child = ::waitpid(-1, &status, WNOHANG);
    if (child == 0) return true;
    if (child < 0) return errno != ECHILD;
    if (child == reaped.task) {
      reaped.ended = true;
      reaped.wait_status = status;
    }
  }
}

bool kill_all_children(const char* proc, Reaped& reaped, std::int64_t deadline_ms) noexcept {
  static constinit ProcessList children;  // Too large for a stack; the guard has one thread.
  pid_t search_at = reaped.task;
  while (reap_children(reaped)) {
    if (monotonic_ms() >= deadline_ms) return false;
    children.clear();
    if (add_children(proc, 0, children) && children.size() > 0) {
      for (const pid_t child : children) ::kill(child, SIGKILL);
    } else {
      kill_next_child_by_search(search_at);
    }
    wait_for_child_signal();
  }
  return true;
}

}  // namespace holdfast
