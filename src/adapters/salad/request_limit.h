// At most so many requests in any minute: SaladCloud takes 240 per key. Pure. One thread.
#pragma once

#include <cstddef>
#include <deque>

#include "base/time.h"

namespace holdfast {

class RequestLimit {
 public:
  static constexpr std::size_t kRequestsMax = 240;
  static constexpr Duration kSpan = std::chrono::minutes(1);

  // When the next request may go, at `now` at the earliest.
  TimePoint next(TimePoint now) const;

  // A request went at `when`, which next() allowed.
  void note(TimePoint when);

 private:
  std::deque<TimePoint> sent_;  // The last kRequestsMax, oldest first.
};

}  // namespace holdfast
