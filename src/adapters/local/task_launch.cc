#include "adapters/local/task_launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "adapters/local/oom_score.h"
#include "adapters/local/process_limits.h"

namespace holdfast {

namespace {

constexpr int kFirstOwnDescriptor = 3;
constexpr int kDescriptorsMax = 65536;  // Only where the kernel has no close_range().
constexpr int kExitNotLaunched = 127;

struct LaunchFailure {
  LaunchStep step;
  int error_number;
};

int descriptor_bound() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kDescriptorsMax;
  return static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kDescriptorsMax));
}

// Descriptors that some library opened without O_CLOEXEC must not reach the task either. They are
// marked, not closed: the pipe that tells of a failed exec is one of them.
void mark_all_close_on_exec() noexcept {
  if (::close_range(kFirstOwnDescriptor, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) return;
  const int bound = descriptor_bound();
  for (int fd = kFirstOwnDescriptor; fd < bound; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void restore_signal_defaults() noexcept {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void give_up(int failure_pipe, LaunchStep step) noexcept {
  const LaunchFailure failure{step, errno};
  // A failed write leaves the pipe to close: the guard then takes the exit code for the task's.
  [[maybe_unused]] const ssize_t put = ::write(failure_pipe, &failure, sizeof failure);
  ::_exit(kExitNotLaunched);
}

// By the kernel's own calls: the library's would want to change threads that are not here.
bool change_user(const TaskUser& user) noexcept {
  static_assert(sizeof(gid_t) == sizeof(user.groups.front()));
  return ::syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0 &&
         ::syscall(SYS_setresgid, user.group, user.group, user.group) == 0 &&
         ::syscall(SYS_setresuid, user.id, user.id, user.id) == 0;
}

[[noreturn]] void become_task(const GuardPlan& plan, pid_t guard, int failure_pipe) noexcept {
  ::setsid();
  // The last net: should the guard itself be killed, the task's main process goes with it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != guard) ::_exit(kExitNotLaunched);
  if (plan.terminal) ::ioctl(plan.output, TIOCSCTTY, 0);
  ::dup2(plan.standard_input, STDIN_FILENO);
  ::dup2(plan.output, STDOUT_FILENO);
  ::dup2(plan.output, STDERR_FILENO);
  mark_all_close_on_exec();
  if (::chdir(plan.working_directory) != 0) give_up(failure_pipe, LaunchStep::change_directory);
  restore_signal_defaults();
  restore_limits();
  put_back_oom_score(plan.proc, plan.oom_score);
  if (plan.user != nullptr) {
    if (!change_user(*plan.user)) give_up(failure_pipe, LaunchStep::change_user);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // The change took it away.
    if (::getppid() != guard) ::_exit(kExitNotLaunched);
  }
  ::execve(plan.program, plan.arguments, plan.environment);
  give_up(failure_pipe, LaunchStep::execute);
}

}  // namespace

void close_descriptors_from(int first) noexcept {
  if (::close_range(static_cast<unsigned>(first), UINT_MAX, 0) == 0) return;
  const int bound = descriptor_bound();
  for (int fd = first; fd < bound; ++fd) ::close(fd);
}

Launch launch_task(const GuardPlan& plan) noexcept {
  int failure_pipe[2] = {-1, -1};
  if (::pipe2(failure_pipe, O_CLOEXEC) != 0) return Launch{0, LaunchStep::fork, errno};
  const pid_t guard = ::getpid();
  const pid_t task = ::fork();
  if (task < 0) return Launch{0, LaunchStep::fork, errno};
  if (task == 0) become_task(plan, guard, failure_pipe[1]);
  ::close(failure_pipe[1]);
  LaunchFailure failure{};
  ssize_t got = 0;
  do {  // Ends when the program runs or the child is gone: both close the pipe.
    got = ::read(failure_pipe[0], &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  ::close(failure_pipe[0]);
  if (got != static_cast<ssize_t>(sizeof failure)) return Launch{task, LaunchStep::execute, 0};
  ::waitpid(task, nullptr, 0);
  return Launch{0, failure.step, failure.error_number};
}

}  // namespace holdfast
