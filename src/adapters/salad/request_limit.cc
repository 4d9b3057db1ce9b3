#include "adapters/salad/request_limit.h"

#include <algorithm>

namespace holdfast {

TimePoint RequestLimit::next(TimePoint now) const {
  if (sent_.size() < kRequestsMax) return now;
  return std::max(now, sent_.front() + kSpan);
}

void RequestLimit::note(TimePoint when) {
  if (sent_.size() == kRequestsMax) sent_.pop_front();
  sent_.push_back(when);
}

}  // namespace holdfast
