// The mean time between interruptions that an adaptive checkpoint interval goes by: as a person
// gave it, or as the workers of a queue have seen it. A store that is away changes nothing. One
// thread.
#pragma once

#include <optional>
#include <string>

#include "core/record.h"
#include "worker/context.h"
#include "worker/lifetimes.h"

namespace holdfast {

class MeanTime {
 public:
  // What was seen is looked up no more often than this.
  static constexpr Duration kLookEvery = std::chrono::hours(1);

  // Borrows both.
  MeanTime(const WorkerPorts& ports, const WorkerSettings& settings);

  // nullopt: the interval does not adapt.
  std::optional<Duration> value() const noexcept { return value_; }

  // We have claimed a job, as `newest` says. Notes how long the attempt lived that we found lost.
  void claimed(const Record& newest, const std::string& attempt_id);
  // Our attempt has ended.
  void ended(const std::string& attempt_id, const Lifetime& lifetime);

 private:
  void note(const std::string& id, const Lifetime& lifetime);
  void look_if_due(const std::string& id);

  const WorkerPorts& ports_;
  std::optional<Duration> value_;
  std::optional<Lifetimes> seen_;
  TimePoint next_look_ = TimePoint::min();
};

}  // namespace holdfast
