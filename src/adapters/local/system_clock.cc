#include "adapters/local/system_clock.h"

#include <thread>

namespace holdfast {

TimePoint SystemClock::now() const {
  return std::chrono::steady_clock::now();
}

WallTime SystemClock::wall() const {
  return std::chrono::system_clock::now();
}

void SystemClock::wait_until(TimePoint deadline) {
  std::this_thread::sleep_until(deadline);
}

}  // namespace holdfast
