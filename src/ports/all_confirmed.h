// Waits for what a Publisher has sent.
#pragma once

#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

// True once nothing is unconfirmed; false if `deadline` comes first. Throws Error.
[[nodiscard]] inline bool all_confirmed(Publisher& publisher, const Clock& clock,
                                        TimePoint deadline) {
  while (publisher.unconfirmed() > 0) {  // Ends at the deadline.
    static_cast<void>(publisher.take_confirmed(deadline));
    if (publisher.unconfirmed() > 0 && clock.now() >= deadline) return false;
  }
  return true;
}

}  // namespace holdfast
