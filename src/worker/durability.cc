#include "worker/durability.h"

#include <algorithm>

namespace holdfast {

void Durability::started(TimePoint now) {
  started_ = instant_ = now;
}

Duration Durability::let_go(TimePoint now) {
  if (!held()) return Duration::zero();
  const Duration stood_still = now - held_since_;
  held_before_ += stood_still;
  held_since_ = TimePoint::max();
  return stood_still;
}

Duration Durability::ran(TimePoint now) const {
  return std::max(std::min(now, held_since_) - started_ - held_before_, Duration::zero());
}

void Durability::committed(TimePoint instant, Duration ran) {
  instant_ = instant;
  durable_ran_ = ran;
}

bool Durability::hold_back(const Line& line, TimePoint now) const {
  return lag_max_ > Duration::zero() && line.snapshot_on_its_way && line.store_answers &&
         unsaved(now) >= lag_max_;
}

TimePoint Durability::due(const Line& line, TimePoint now) const {
  const bool may_come =
      lag_max_ > Duration::zero() && line.snapshot_on_its_way && line.store_answers && !held();
  return may_come ? now + std::max(lag_max_ - unsaved(now), Duration::zero()) : TimePoint::max();
}

}  // namespace holdfast
