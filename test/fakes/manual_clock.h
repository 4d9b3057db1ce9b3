// A clock that stands still until it is moved. Any thread may ask; one thread moves it.
#pragma once

#include <algorithm>

#include "ports/clock.h"

namespace holdfast {

class ManualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  WallTime wall() const override {
    return WallTime(std::chrono::hours(24)) +
           std::chrono::duration_cast<WallTime::duration>(now_.time_since_epoch());
  }
  void wait_until(TimePoint deadline) override { now_ = std::max(now_, deadline); }
  void advance(Duration time) { now_ += time; }

 private:
  TimePoint now_{std::chrono::hours(1)};
};

}  // namespace holdfast
