// Time, passed in. Only adapters/local/system_clock.cc asks the system for it.
#pragma once

#include "base/time.h"

namespace holdfast {

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual TimePoint now() const = 0;
  // For people and for signing requests; never compared with another machine's.
  virtual WallTime wall() const = 0;
  // Waits. Only for the backoff between two tries of one call; a loop waits at its inbox.
  virtual void wait_until(TimePoint deadline) = 0;
};

}  // namespace holdfast
