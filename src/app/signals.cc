#include "app/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace holdfast {

namespace {

constexpr Duration kWaitMax = std::chrono::hours(1);

}  // namespace

SignalWatch::SignalWatch(const Clock& clock) : clock_(clock) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &watched, nullptr);
  signals_ = FileDescriptor(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.open()) throw_system_error("watch", "signals");
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

}  // namespace holdfast
