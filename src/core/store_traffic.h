// What goes to and from the store, counted where it happens and read by who shows it.
#pragma once

#include <cstdint>

#include "base/shared_value.h"
#include "base/time.h"

namespace holdfast {

struct StoreTraffic {
  SharedValue<std::uint64_t> requests{0};  // Every try counts.
  SharedValue<std::uint64_t> failures{0};
  SharedValue<bool> denied{false};  // The last request that was answered was refused access.
  SharedValue<std::uint64_t> sent_bytes{0};
  SharedValue<std::uint64_t> received_bytes{0};
  // When a request last came to its end, good or bad; while a large one is under way, when it will
  // have on the slowest line that counts as one.
  SharedValue<TimePoint> last_end{TimePoint::min()};

  static constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;
};

}  // namespace holdfast
