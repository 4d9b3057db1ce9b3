#include "adapters/local/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "adapters/local/process_tree.h"
#include "adapters/local/task_launch.h"

namespace holdfast {

namespace {

// Comes when the thread that forked us ends; the process may live on.
constexpr int kParentThreadGone = SIGUSR1;
// A process stuck in the kernel takes its kill when it comes out; until then we wait this long.
constexpr std::int64_t kKillWaitMs = 30'000;
constexpr std::int64_t kFreezeWaitMs = 2'000;
constexpr std::int64_t kFreezeFirstTryMs = 16;
constexpr int kFreezePauseMs = 2;
constexpr int kFreezeStepMs = 1;

class Guard {
 public:
  explicit Guard(const GuardPlan& plan) noexcept : plan_(plan) {}

  [[noreturn]] void run() noexcept {
    settle_in();
    const Launch launch = launch_task(plan_);
    leave_task_streams();
    if (launch.task == 0) {
      report({GuardWord::not_started, launch.step, launch.error_number, 0});
      end();
    }
    reaped_.task = launch.task;
    report({GuardWord::started, LaunchStep::execute, launch.task, 0});
    while (!task_ended() && !over_) wait_and_act();
    const std::int32_t left_running = over_ ? 0 : count_running();
    kill_everything();
    report({GuardWord::ended, LaunchStep::execute, reaped_.wait_status, left_running});
    end();
  }

 private:
  // Own session: a terminal's Ctrl-C is the worker's to answer.
  void settle_in() noexcept {
    ::setsid();
    ::prctl(PR_SET_NAME, "holdfast-guard");
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::prctl(PR_SET_PDEATHSIG, kParentThreadGone);
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, kParentThreadGone);
    signals_ = ::signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    if (worker_gone()) end();
  }

  bool worker_gone() const noexcept { return ::getppid() != plan_.worker; }

  // The output must end when the task does, and nothing of the worker's may be held open here:
  // not its files, and not the far ends of other guards' channels.
  void leave_task_streams() noexcept {
    const int channel = ::fcntl(plan_.channel, F_DUPFD_CLOEXEC, 3);
    const int signals = ::fcntl(signals_, F_DUPFD_CLOEXEC, 3);
    channel_ = ::dup2(channel, 0);
    signals_ = ::dup2(signals, 1);
    close_descriptors_from(2);
    [[maybe_unused]] const int moved = ::chdir("/");
  }

  void wait_and_act() noexcept {
    pollfd waits[2] = {{channel_, POLLIN, 0}, {signals_, POLLIN, 0}};
    ::poll(waits, 2, -1);  // The worker's end, the task's end and commands all wake it.
    signalfd_siginfo signal{};
    while (::read(signals_, &signal, sizeof signal) > 0) {  // Ends: non-blocking.
      if (static_cast<int>(signal.ssi_signo) == kParentThreadGone && worker_gone()) over_ = true;
    }
    if (waits[0].revents != 0) obey();
    // Children of the task that ended are ours to reap; the task itself stays a zombie until
    // everything is killed, so that its process group keeps its number.
    if (!task_ended()) reap_strangers();
  }

  void obey() noexcept {
    GuardCommand command = GuardCommand::kill;
    const ssize_t got = ::recv(channel_, &command, sizeof command, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      over_ = true;
      channel_closed_ = true;
      return;
    }
    switch (command) {
      case GuardCommand::ask_to_stop:
        ::kill(-reaped_.task, SIGTERM);
        ::kill(-reaped_.task, SIGCONT);  // One that stopped itself hears it too.
        break;
      case GuardCommand::kill:
        over_ = true;
        break;
      case GuardCommand::freeze:
        if (freeze()) {
          report({GuardWord::frozen, LaunchStep::execute, 0, 0});
        } else {
          thaw();
          report({GuardWord::not_frozen, LaunchStep::execute, 0, 0});
        }
        break;
      case GuardCommand::thaw:
        thaw();
        break;
    }
  }

  enum class Settled { still, moving, disturbed };

  // A process that is between vfork and exec when it is stopped holds its parent in the kernel,
  // which then never stops. Letting everything go on for a moment resolves that; a slow system call
  // needs more patience instead, so each try is longer than the one before.
  bool freeze() noexcept {
    const std::int64_t deadline = monotonic_ms() + kFreezeWaitMs;
    for (std::int64_t patience_ms = kFreezeFirstTryMs;; patience_ms *= 2) {  // Ends: the deadline.
      ::kill(-reaped_.task, SIGSTOP);
      const Settled settled = settle(std::min(deadline, monotonic_ms() + patience_ms));
      if (settled == Settled::still) return true;
      if (settled == Settled::disturbed || monotonic_ms() >= deadline) return false;
      thaw();
      if (called_within(kFreezePauseMs)) return false;
    }
  }

  // A pass that finds everything still has seen every process only if none died meanwhile and
  // handed its children to us; so two passes in a row must.
  Settled settle(std::int64_t deadline) noexcept {
    for (int still_passes = 0; still_passes < 2;) {
      still_passes = everything_still() ? still_passes + 1 : 0;
      if (still_passes > 0) continue;
      if (monotonic_ms() >= deadline) return Settled::moving;
      if (called_within(kFreezeStepMs)) return Settled::disturbed;
    }
    return Settled::still;
  }

  // True if the worker wants something else, or is gone.
  bool called_within(int wait_ms) const noexcept {
    pollfd wait = {channel_, POLLIN, 0};
    return ::poll(&wait, 1, wait_ms) > 0;
  }

  // Stops what still moves. A process is asked for its children only after it was seen to be
  // still, so none can be born unseen.
  bool everything_still() noexcept {
    static constinit ProcessList found;  // Too large for a stack; the guard has one thread.
    found.clear();
    if (!add_children(plan_.proc, 0, found)) return task_stopped();
    bool still = true;
    for (std::size_t at = 0; at < found.size(); ++at) {
      const pid_t process = found[at];
      const Motion motion = motion_of(plan_.proc, process);
      if (motion == Motion::moving) {
        still = false;
        if (remember(process)) ::kill(process, SIGSTOP);
      }
      if (motion != Motion::gone) add_children(plan_.proc, process, found);
    }
    return still && found.size() < ProcessList::kProcessesMax;
  }

  // What is stopped must be found again by thaw(). False if there is no room.
  bool remember(pid_t process) noexcept {
    const bool known = std::find(frozen_.begin(), frozen_.end(), process) != frozen_.end();
    return known || frozen_.add(process);
  }

  // All that can be known without /proc: whether every thread of the task's own process stopped.
  bool task_stopped() const noexcept {
    siginfo_t info{};
    const int flags = WSTOPPED | WEXITED | WNOHANG | WNOWAIT;
    return ::waitid(P_PID, static_cast<id_t>(reaped_.task), &info, flags) == 0 && info.si_pid != 0;
  }

  void thaw() noexcept {
    ::kill(-reaped_.task, SIGCONT);
    for (const pid_t process : frozen_) ::kill(process, SIGCONT);
    frozen_.clear();
  }

  bool task_ended() const noexcept {
    siginfo_t info{};
    const int flags = WEXITED | WNOHANG | WNOWAIT;
    return ::waitid(P_PID, static_cast<id_t>(reaped_.task), &info, flags) == 0 && info.si_pid != 0;
  }

  void reap_strangers() noexcept {
    for (;;) {  // Ends: each round removes a child.
      siginfo_t info{};
      const int found = ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
      if (found != 0 || info.si_pid == 0 || info.si_pid == reaped_.task) return;
      ::waitpid(info.si_pid, nullptr, WNOHANG);
    }
  }

  // What the task leaves behind: its descendants are our children now.
  std::int32_t count_running() noexcept {
    static constinit ProcessList left;
    left.clear();
    if (!add_children(plan_.proc, 0, left)) return 0;
    std::int32_t running = 0;
    for (const pid_t process : left) {
      if (process != reaped_.task && motion_of(plan_.proc, process) == Motion::moving) running += 1;
    }
    return running;
  }

  void kill_everything() noexcept {
    ::kill(-reaped_.task, SIGKILL);
    kill_all_children(plan_.proc, reaped_, monotonic_ms() + kKillWaitMs);
  }

  void report(const GuardReport& said) const noexcept {
    const int channel = channel_ >= 0 ? channel_ : plan_.channel;
    ::send(channel, &said, sizeof said, MSG_NOSIGNAL);
  }

  [[noreturn]] void end() const noexcept {
    // A worker that dies closes its files before it hands its children on.
    if (channel_closed_ || worker_gone()) {
      if (plan_.socket != nullptr) ::unlink(plan_.socket);
      if (plan_.socket_folder != nullptr) ::rmdir(plan_.socket_folder);
    }
    ::_exit(0);
  }

  const GuardPlan& plan_;
  int channel_ = -1;
  int signals_ = -1;
  bool over_ = false;  // Everything is to be killed.
  bool channel_closed_ = false;
  Reaped reaped_;
  ProcessList frozen_;  // What was stopped one by one.
};

}  // namespace

void run_guard(const GuardPlan& plan) noexcept {
  Guard(plan).run();
}

}  // namespace holdfast
