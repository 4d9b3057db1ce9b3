// How far what is durable lags behind what the task has done, and whether the task is to be held
// back for it. Times are the worker's own clock. Pure.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace holdfast {

// For people: rounded down, never below zero.
inline std::uint64_t whole_seconds(Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  return seconds > 0 ? static_cast<std::uint64_t>(seconds) : 0;
}

// As records have them.
inline std::uint64_t whole_milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

class Durability {
 public:
  // `lag_max`: no more unsaved work than this; zero: any amount.
  explicit Durability(Duration lag_max) : lag_max_(lag_max) {}

  void started(TimePoint now);
  // The task stands still from held_back() to let_go(), which says how long that was.
  void held_back(TimePoint now) { held_since_ = now; }
  Duration let_go(TimePoint now);
  bool held() const noexcept { return held_since_ != TimePoint::max(); }

  // How long the task has run, without the time that it was held back.
  Duration ran(TimePoint now) const;
  // A checkpoint is committed that shows the state of `instant`, when the task had run `ran`.
  void committed(TimePoint instant, Duration ran);

  // The instant that is durable.
  TimePoint instant() const noexcept { return instant_; }
  // The running time that would be lost.
  Duration unsaved(TimePoint now) const { return ran(now) - durable_ran_; }

  // What the decision rests on beside the unsaved work.
  struct Line {
    bool snapshot_on_its_way = false;  // Else there is nothing to wait for.
    bool store_answers = true;         // Else it is an outage, which shall cost nothing (G6).
  };
  // Whether the task is to stand still: the line is too slow for what it does.
  bool hold_back(const Line& line, TimePoint now) const;
  // When that changes if nothing happens; max(): not by time alone.
  TimePoint due(const Line& line, TimePoint now) const;

 private:
  const Duration lag_max_;
  TimePoint started_;
  TimePoint held_since_ = TimePoint::max();
  Duration held_before_{0};
  TimePoint instant_;
  Duration durable_ran_{0};
};

}  // namespace holdfast
