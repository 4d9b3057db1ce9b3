// How long the attempts of a fleet lived, kept in the store, so that every worker knows the mean
// time between interruptions. Each is an object of its own, created once, whose name says all: a
// listing reads them, nobody changes what another wrote, and no clock is needed. Of those that are
// more than kKeptMax, some at random are removed: the older one is, the likelier it is gone.
#pragma once

#include <string>

#include "core/fleet_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class Lifetimes {
 public:
  static constexpr std::size_t kKeptMax = 500;
  static constexpr std::size_t kListedMax = 1000;  // One request.
  // How many are removed at most by one look.
  static constexpr std::size_t kRemovedMax = 50;

  // Borrows the store.
  Lifetimes(Store& store, FleetLayout layout) : store_(store), layout_(std::move(layout)) {}

  // `id` is random, and of this attempt only. Twice is once. Throws Error.
  void note(const std::string& id, const Lifetime& lifetime, TimePoint deadline);

  // The mean time between interruptions by those kept (core/interval.h). `id` is random: it chooses
  // which surplus ones go. Throws Error.
  Duration mean_time(const std::string& id, TimePoint deadline);

 private:
  Store& store_;
  const FleetLayout layout_;
};

}  // namespace holdfast
