// The machine that we run on, as its cloud lets us speak of it. Adapter: SaladCloud's metadata
// service.
//
// Failures are Error: `unavailable` (nobody answers, or not now), `denied` or `rejected` (it
// will not). One thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"

namespace holdfast {

class Node {
 public:
  virtual ~Node() = default;

  // How much it would cost to lose us (core/deletion_cost.h): the cloud takes the cheapest first.
  virtual void set_deletion_cost(std::uint32_t cost, TimePoint deadline) = 0;

  // Asks for another machine in place of this one, which then ends us. `reason` is one sentence.
  virtual void replace(const std::string& reason, TimePoint deadline) = 0;
};

}  // namespace holdfast
