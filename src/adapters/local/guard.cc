#include "adapters/local/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <ctime>
#include <new>
#include <optional>

#include "adapters/local/oom_score.h"
#include "adapters/local/process_tree.h"
#include "adapters/local/task_launch.h"

namespace holdfast {

namespace {

// Comes when the thread that forked us ends; the process may live on.
constexpr int kParentThreadGone = SIGUSR1;
// A process stuck in the kernel takes its kill when it comes out; until then we wait this long.
constexpr std::int64_t kKillWaitMs = 30'000;
constexpr std::int64_t kFreezeWaitMs = 2'000;
constexpr std::int64_t kFreezeStepNs = 200'000;  // A process on a processor stops within less.

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
    spare_from_memory_killer(plan_.proc);
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
        if (const auto fault = freeze()) {
          thaw();
          report(
              {GuardWord::not_frozen, LaunchStep::execute, static_cast<std::int32_t>(*fault), 0});
        } else {
          report({GuardWord::frozen, LaunchStep::execute, 0, 0});
        }
        break;
      case GuardCommand::thaw:
        thaw();
        break;
    }
  }

  // Stops everything, from the top down: a parent is seen to stand still before its children are
  // stopped, so that a shell with job control learns nothing of it, and a process between vfork and
  // exec, which keeps its parent in the kernel, gets to its exec. A pass that finds everything
  // still has seen every process only if none died meanwhile and handed its children to us; so two
  // passes in a row must.
  std::optional<FreezeFault> freeze() noexcept {
    const std::int64_t begin = monotonic_ms();
    for (int still_passes = 0; still_passes < 2;) {  // Ends: the deadline.
      std::size_t seen = 0;
      const Pass pass = stop_what_moves(seen);
      if (pass == Pass::not_supported) return FreezeFault::not_supported;
      if (pass == Pass::too_many) return FreezeFault::too_many;
      still_passes = pass == Pass::still ? still_passes + 1 : 0;
      if (still_passes > 0) continue;
      // A pass over many takes its time.
      const auto more_ms = static_cast<std::int64_t>(seen);
      if (monotonic_ms() >= begin + kFreezeWaitMs + more_ms) return FreezeFault::too_slow;
      if (called_within(kFreezeStepNs)) return FreezeFault::interrupted;
    }
    return std::nullopt;
  }

  // True if the worker wants something else, or is gone.
  bool called_within(std::int64_t wait_ns) const noexcept {
    pollfd wait = {channel_, POLLIN, 0};
    const timespec time{0, wait_ns};
    return ::ppoll(&wait, 1, &time, nullptr) > 0;
  }

  enum class Pass { still, moving, too_many, not_supported };

  // A process is asked for its children only once it stands still, so none can be born unseen. One
  // that the program itself had stopped is left out of what thaw() wakes.
  Pass stop_what_moves(std::size_t& seen) noexcept {
    static constinit ProcessList found;  // The guard has one thread.
    found.clear();
    if (!add_children(plan_.proc, 0, found)) return Pass::not_supported;
    bool still = true;
    for (; seen < found.size(); ++seen) {
      const pid_t process = found[seen];
      switch (motion_of(plan_.proc, process)) {
        case Motion::moving:
          still = false;
          stop(process);
          break;
        case Motion::still:
          add_children(plan_.proc, process, found);
          break;
        case Motion::gone:
          break;
      }
    }
    if (found.full() || frozen_.full()) return Pass::too_many;
    return still ? Pass::still : Pass::moving;
  }

  void stop(pid_t process) noexcept {
    if (!stopped_.contains(process)) {
      if (!frozen_.add(process)) return;
      stopped_.add(process);
    }
    ::kill(process, SIGSTOP);
  }

  // Children before their parents: those were stopped first.
  void thaw() noexcept {
    for (std::size_t at = frozen_.size(); at-- > 0;) {
      ::kill(frozen_[at], SIGCONT);
      stopped_.remove(frozen_[at]);
    }
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
  ProcessList frozen_;  // What we stopped, in that order,
  ProcessSet stopped_;  // and the same as a set.
};

}  // namespace

void run_guard(const GuardPlan& plan) noexcept {
  // Too large for a stack, and this process has one.
  alignas(Guard) static std::array<std::byte, sizeof(Guard)> room;
  (new (room.data()) Guard(plan))->run();
}

}  // namespace holdfast
