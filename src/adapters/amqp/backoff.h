// How long to wait before the next try to reach a broker: longer each time, and never in step with
// the other workers that lost it in the same moment.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/random.h"
#include "base/time.h"

namespace holdfast {

class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{200};
  static constexpr std::chrono::milliseconds kLongest{10'000};

  // Between half of the step and the whole of it. The steps double.
  Duration next() {
    const auto half = static_cast<std::uint64_t>(step_.count()) / 2;
    step_ = std::min(step_ * 2, kLongest);
    return std::chrono::milliseconds(half + random_.below(half + 1));
  }

  void reset() { step_ = kFirst; }

 private:
  Random random_ = Random::from_system();
  std::chrono::milliseconds step_ = kFirst;
};

}  // namespace holdfast
