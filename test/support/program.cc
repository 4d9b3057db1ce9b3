#include "support/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace holdfast::test {

namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Program::Program(const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment, const std::string& root) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<std::string> words = arguments;
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ends[1], 1);
    ::dup2(ends[1], 2);
    // A test that dies takes its programs along.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!root.empty() && (::chroot(root.c_str()) != 0 || ::chdir("/") != 0)) ::_exit(126);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

Program::~Program() {
  if (running()) kill();
  ::close(pipe_);
}

bool Program::read_more(Clock::time_point until) {
  // Rounded up: who stops waiting before `until` would take silence for the program's end.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  pollfd wait{pipe_, POLLIN, 0};
  if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
  char bytes[4096];
  const ssize_t got = ::read(pipe_, bytes, sizeof bytes);
  if (got <= 0) return false;
  output_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

bool Program::says(const std::string& text, std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (output_.find(text) == std::string::npos) {
    if (!read_more(until)) return false;
  }
  return true;
}

int Program::ends(std::chrono::milliseconds time) {
  const auto until = Clock::now() + time;
  while (read_more(until)) {
  }
  return Clock::now() < until ? reap() : -1;
}

int Program::reap() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Program::signal(int number) const {
  ::kill(pid_, number);
}

void Program::kill() {
  if (!running()) return;
  signal(SIGKILL);
  reap();
}

std::string from_services(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) {
    const char* why = std::getenv("HOLDFAST_TEST_WITHOUT");
    if (why != nullptr && *why != '\0') throw std::runtime_error(why);
    throw std::runtime_error(name +
                             " is not set: run this through ./dev test, or source the file "
                             "that ./dev services names");
  }
  return value;
}

}  // namespace holdfast::test
