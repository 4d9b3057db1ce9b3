#include "app/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "app/terminal.h"

namespace holdfast {

namespace {

constexpr Duration kWaitMax = std::chrono::hours(1);

// Whoever started us ignoring a signal, as nohup does with SIGHUP and a script's `&` with SIGINT,
// wants it to stay ignored. Blocked, it would be queued for us all the same.
bool inherited_as_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void add(const std::vector<int>& signals, sigset_t& set) {
  for (const int signal : signals) {
    if (!inherited_as_ignored(signal)) sigaddset(&set, signal);
  }
}

sigset_t stop_signals() {
  sigset_t stops;
  sigemptyset(&stops);
  add({SIGINT, SIGTERM, SIGHUP}, stops);
  return stops;
}

}  // namespace

SignalWatch::SignalWatch(const Clock& clock) : clock_(clock), watched_(stop_signals()) {
  watch();
}

void SignalWatch::watch() {
  ::pthread_sigmask(SIG_BLOCK, &watched_, nullptr);
  const int watching = ::signalfd(signals_.get(), &watched_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (watching < 0) throw_system_error("watch", "signals");
  if (!signals_.open()) signals_ = FileDescriptor(watching);
}

void SignalWatch::watch_too(const std::vector<int>& signals) {
  add(signals, watched_);
  watch();
}

void SignalWatch::let_through() {
  const sigset_t stops = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
}

std::optional<int> SignalWatch::take() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
    return std::nullopt;
  }
  return static_cast<int>(info.ssi_signo);
}

std::optional<int> SignalWatch::next(TimePoint deadline) {
  const Duration left = std::clamp<Duration>(deadline - clock_.now(), Duration::zero(), kWaitMax);
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  std::array<pollfd, 2> waits = {pollfd{signals_.get(), POLLIN, 0},
                                 pollfd{wake_.descriptor(), POLLIN, 0}};
  ::poll(waits.data(), waits.size(), static_cast<int>(milliseconds));
  static_cast<void>(wake_.clear());
  return take();
}

std::optional<std::vector<int>> parse_signals(const std::string& names) {
  std::vector<int> signals;
  if (names == "none") return signals;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    std::string name = names.substr(begin, end - begin);
    if (name.starts_with("SIG")) name = name.substr(3);
    int found = 0;
    for (int number = 1; number < NSIG; ++number) {
      const char* known = ::sigabbrev_np(number);
      if (known != nullptr && name == known) found = number;
    }
    // The two that nobody can wait for, and what SignalWatch knows or the program needs by itself.
    const std::vector<int> never = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGILL,
                                    SIGFPE,  SIGABRT, SIGCHLD, SIGPIPE};
    if (found == 0 || std::find(never.begin(), never.end(), found) != never.end()) {
      return std::nullopt;
    }
    signals.push_back(found);
    begin = end + 1;
  }
  return signals;
}

StopRequests::Answer StopRequests::hear(int signal) {
  const bool only_checkpoint =
      std::find(checkpoints_.begin(), checkpoints_.end(), signal) != checkpoints_.end();
  if (only_checkpoint) return Answer::checkpoint;
  const bool warning = std::find(warnings_.begin(), warnings_.end(), signal) != warnings_.end();
  if (!warning && std::exchange(asked_, true)) return Answer::end_at_once;
  return std::exchange(draining_, true) ? Answer::none : Answer::drain;
}

StopOnSignal::StopOnSignal(SignalWatch& signals, const Clock& clock)
    : signals_(signals), thread_([this, &clock](const std::stop_token& over) {
        while (!over.stop_requested()) {  // Ends with the destructor.
          const auto signal = signals_.next(clock.now() + kWaitMax);
          if (!signal) continue;
          signal_.set(*signal);
          stop_.request_stop();
          say("Stopping. Press Ctrl-C again to end at once.\n");
          // The kernel gives the next signal to a thread that takes it: to this one.
          SignalWatch::let_through();
        }
      }) {}

StopOnSignal::~StopOnSignal() {
  thread_.request_stop();
  signals_.wake();
}

std::optional<int> StopOnSignal::signal() const {
  const int signal = signal_.get();
  return signal == 0 ? std::nullopt : std::optional(signal);
}

}  // namespace holdfast
