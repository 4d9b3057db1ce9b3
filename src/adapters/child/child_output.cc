#include "adapters/child/child_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

struct Pipe {
  FileDescriptor reader;
  FileDescriptor writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_system_error("make", "a pipe");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

[[noreturn]] void throw_late() {
  throw Error(ErrorKind::unavailable, "the program did not end in time and was killed");
}

int poll_time(std::chrono::milliseconds left) {
  return static_cast<int>(std::min<std::chrono::milliseconds>(left, std::chrono::hours(1)).count());
}

// As execve() takes them.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A file without a name that holds `text`: a program that never reads it blocks nobody.
FileDescriptor file_with(const std::string& text) {
  FileDescriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.open()) throw_system_error("make", "the input of a program");
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(file.get(), text.data() + at, text.size() - at);
    if (wrote < 0 && errno != EINTR) throw_system_error("write", "the input of a program");
    if (wrote > 0) at += static_cast<std::size_t>(wrote);
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) throw_system_error("read", "the input of a program");
  return file;
}

// A process group of its own that is gone with this object.
class Child {
 public:
  Child(const std::vector<std::string>& words, const std::vector<std::string>& environment,
        const FileDescriptor& in, const Pipe& out, const Pipe& err) {
    std::vector<std::string> texts = words;
    std::vector<std::string> lines = environment;
    const std::vector<char*> arguments = pointers(texts);
    const std::vector<char*> variables = pointers(lines);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, out.writer.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, err.writer.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);  // Ours blocks what ends programs.
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes, &defaults);
    const int failure = ::posix_spawnp(&pid_, arguments[0], &files, &attributes, arguments.data(),
                                       environment.empty() ? environ : variables.data());
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    if (failure != 0) {
      throw Error(ErrorKind::machine,
                  "cannot start " + words.front() + ": " + std::strerror(failure));
    }
  }

  ~Child() {
    if (ended_) return;
    ::kill(-pid_, SIGKILL);
    static_cast<void>(wait());
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // A program may close its outputs and go on.
  void await_end(TimePoint deadline, const Clock& clock) const {
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!process.open()) return;  // A kernel before 5.3.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now());
    pollfd end{process.get(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&end, 1, poll_time(left)) <= 0) throw_late();
  }

  int wait() {
    int status = SIGKILL;  // Stays if somebody else of this process has waited for it.
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {  // Ends with the process.
    }
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
};

// False at its end.
bool take(const FileDescriptor& pipe, std::string& text) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::read(pipe.get(), bytes.data(), bytes.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  const std::size_t room = kChildOutputBytesMax - std::min(kChildOutputBytesMax, text.size());
  text.append(bytes.data(), std::min(room, static_cast<std::size_t>(got)));
  return true;
}

}  // namespace

ChildOutput run_child(const std::vector<std::string>& words, TimePoint deadline, const Clock& clock,
                      const ChildInput& input) {
  const FileDescriptor in = file_with(input.in);
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  Child child(words, input.environment, in, out, err);
  out.writer = FileDescriptor();
  err.writer = FileDescriptor();
  ChildOutput output;
  bool out_open = true;
  bool err_open = true;
  while (out_open || err_open) {  // Ends with the program, or at the deadline.
    std::array<pollfd, 2> waits = {pollfd{out_open ? out.reader.get() : -1, POLLIN, 0},
                                   pollfd{err_open ? err.reader.get() : -1, POLLIN, 0}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now());
    if (left.count() <= 0) throw_late();
    ::poll(waits.data(), waits.size(), poll_time(left));
    if (waits[0].revents != 0) out_open = take(out.reader, output.out);
    if (waits[1].revents != 0) err_open = take(err.reader, output.err);
  }
  child.await_end(deadline, clock);
  output.code = child.wait();
  return output;
}

}  // namespace holdfast
