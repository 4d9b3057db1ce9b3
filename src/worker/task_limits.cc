#include "worker/task_limits.h"

#include <algorithm>

namespace holdfast {

void TaskLimits::started(TimePoint now) {
  started_ = alive_ = now;
}

TimePoint TaskLimits::limit_at() const {
  if (time_limit_ == Duration::zero()) return TimePoint::max();
  return started_ + std::max(time_limit_ - ran_before_, Duration::zero());
}

TimePoint TaskLimits::stalled_at() const {
  return stall_after_ > Duration::zero() ? alive_ + stall_after_ : TimePoint::max();
}

TimePoint TaskLimits::due() const {
  return std::min(limit_at(), stalled_at());
}

std::optional<StopReason> TaskLimits::exceeded(TimePoint now) const {
  if (now >= limit_at()) return StopReason::time_limit;
  if (now >= stalled_at()) return StopReason::stall;
  return std::nullopt;
}

Duration TaskLimits::length_of(std::optional<StopReason> reason) const {
  if (reason == StopReason::time_limit) return time_limit_;
  if (reason == StopReason::stall) return stall_after_;
  return Duration::zero();
}

}  // namespace holdfast
