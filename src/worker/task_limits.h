// How long a task may run, and how long without a sign of life. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"
#include "core/ending.h"

namespace holdfast {

class TaskLimits {
 public:
  // Zero: no such limit. `ran_before`: earlier attempts of the job, which count for the time limit.
  TaskLimits(Duration time_limit, Duration stall_after, Duration ran_before)
      : time_limit_(time_limit), stall_after_(stall_after), ran_before_(ran_before) {}

  void started(TimePoint now);
  // It gave a sign at `when`; earlier ones change nothing.
  void alive(TimePoint when) { alive_ = std::max(alive_, when); }
  // It stood still because of us, or nobody heard it, for so long.
  void held(Duration time) { alive_ += time; }
  // The task knows better how long it may be silent.
  void allow_silence(Duration stall_after) { stall_after_ = stall_after; }

  // When a limit is reached if nothing happens; TimePoint::max(): never.
  TimePoint due() const;
  // The limit that is reached.
  std::optional<StopReason> exceeded(TimePoint now) const;
  // Of the limit that is the reason; zero for others.
  Duration length_of(std::optional<StopReason> reason) const;

 private:
  TimePoint limit_at() const;
  TimePoint stalled_at() const;

  Duration time_limit_;
  Duration stall_after_;
  Duration ran_before_;
  TimePoint started_;
  TimePoint alive_;
};

}  // namespace holdfast
