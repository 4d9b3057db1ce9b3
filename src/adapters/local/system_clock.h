// The machine's clocks: the only place that asks them.
#pragma once

#include "ports/clock.h"

namespace holdfast {

// Any thread.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  WallTime wall() const override;
  void wait_until(TimePoint deadline) override;
};

}  // namespace holdfast
