#include "adapters/local/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace holdfast {

namespace {

constexpr std::int64_t kReapWaitMs = 10;

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

int open_task_folder(const char* proc, pid_t process) noexcept {
  ProcPath path;
  path.add(proc).add("/");
  if (process == 0) {
    path.add("self");
  } else {
    path.add(process);
  }
  path.add("/task");
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// Calls `visit(name)` for each entry whose name is a number. False if the folder cannot be read.
template <typename Visit>
bool for_each_number(int folder, const Visit& visit) noexcept {
  alignas(dirent64) std::array<char, 4096> buffer;
  for (;;) {  // Ends: the kernel gives each entry once.
    const ssize_t got = ::getdents64(folder, buffer.data(), buffer.size());
    if (got <= 0) return got == 0;
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') visit(entry->d_name);
      at += entry->d_reclen;
    }
  }
}

int open_file_of(int folder, const char* number, const char* name) noexcept {
  ProcPath path;
  path.add(number).add("/").add(name);
  return ::openat(folder, path.c_str(), O_RDONLY | O_CLOEXEC);
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

struct Stat {
  char state = 'X';  // As of a process that is gone.
  pid_t parent = 0;
};

// The two fields of a stat file that follow the name in parentheses, which may hold any byte.
Stat read_stat(int file) noexcept {
  std::array<char, 512> text;
  const ssize_t got = file < 0 ? -1 : ::read(file, text.data(), text.size());
  if (got <= 0) return {};
  const std::string_view line(text.data(), static_cast<std::size_t>(got));
  const std::size_t parenthesis = line.rfind(')');
  if (parenthesis == std::string_view::npos || parenthesis + 4 >= line.size()) return {};
  Stat stat{line[parenthesis + 2], 0};
  for (std::size_t at = parenthesis + 4; at < line.size() && line[at] != ' '; ++at) {
    stat.parent = stat.parent * 10 + (line[at] - '0');
  }
  return stat;
}

pid_t number_in(const char* text) noexcept {
  pid_t number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = number * 10 + (*text - '0');
  return number;
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

ProcPath& ProcPath::add(std::string_view text) noexcept {
  const std::size_t length = std::min(text.size(), text_.size() - 1 - length_);
  std::memcpy(text_.data() + length_, text.data(), length);
  length_ += length;
  text_[length_] = '\0';
  return *this;
}

ProcPath& ProcPath::add(pid_t number) noexcept {
  std::array<char, 16> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return add(std::string_view(digits.data() + at, digits.size() - at));
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
  const bool listed = for_each_number(folder.get(), [&](const char* thread) {
    const Closing file(open_file_of(folder.get(), thread, "children"));
    if (file.get() < 0 || !read_numbers(file.get(), children)) complete = false;
  });
  return listed && complete;
}

void add_own_children_by_scan(const char* proc, ProcessList& children) noexcept {
  const Closing folder(::open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) return;
  for_each_number(folder.get(), [&](const char* process) {
    const Closing file(open_file_of(folder.get(), process, "stat"));
    if (read_stat(file.get()).parent == ::getpid()) children.add(number_in(process));
  });
}

Motion motion_of(const char* proc, pid_t process) noexcept {
  const Closing folder(open_task_folder(proc, process));
  if (folder.get() < 0) return Motion::gone;
  Motion motion = Motion::gone;
  for_each_number(folder.get(), [&](const char* thread) {
    const Closing file(open_file_of(folder.get(), thread, "stat"));
    const char state = read_stat(file.get()).state;
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
  static constinit ProcessList children;  // The guard has one thread.
  while (reap_children(reaped)) {
    if (monotonic_ms() >= deadline_ms) return false;
    children.clear();
    if (!add_children(proc, 0, children)) add_own_children_by_scan(proc, children);
    for (const pid_t child : children) ::kill(child, SIGKILL);
    wait_for_child_signal();
  }
  return true;
}

}  // namespace holdfast
