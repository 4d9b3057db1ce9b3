#include "sdk/stop_signal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "holdfast/error.h"

namespace holdfast {

namespace {

// The writing end of a pipe that is never read, so once a signal came it stays readable: the one
// thing that a handler can do and any thread can see. A handler reaches nothing but globals; this
// one is written before the handlers are installed.
int writing_end = -1;

extern "C" void remember_stop(int) {
  const int error_number = errno;
  const char one = 1;
  [[maybe_unused]] const ssize_t put = ::write(writing_end, &one, 1);
  errno = error_number;
}

void install(int number, int flags) {
  struct sigaction action {};
  action.sa_handler = remember_stop;
  action.sa_flags = flags;
  ::sigaction(number, &action, nullptr);
}

}  // namespace

StopSignal::StopSignal() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw Error(ErrorKind::unavailable,
                "cannot make a pipe: " + std::generic_category().message(errno));
  }
  reading_end_ = ends[0];
  writing_end = ends[1];
  install(SIGTERM, SA_RESTART);
  install(SIGINT, SA_RESTART | static_cast<int>(SA_RESETHAND));
}

StopSignal::~StopSignal() {
  ::signal(SIGTERM, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  ::close(reading_end_);
  ::close(writing_end);
  writing_end = -1;
}

bool StopSignal::came_within(std::chrono::milliseconds duration) const noexcept {
  constexpr std::int64_t kWaitMsMax = 24 * 60 * 60 * 1000;
  using Clock = std::chrono::steady_clock;  // The program's own: no clock is passed to it.
  const auto deadline = Clock::now() + std::min(duration, std::chrono::milliseconds(kWaitMsMax));
  for (;;) {  // Ends at the deadline.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd wait = {reading_end_, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 && left.count() <= 0) return false;
    if (ready == 0 && Clock::now() >= deadline) return false;
  }
}

}  // namespace holdfast
