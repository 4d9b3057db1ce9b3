// The group of machines that a cloud runs for us. Adapters: SaladCloud, and three commands of the
// user's for any other cloud.
//
// Failures are Error: `unavailable` (may work later, the outcome is unknown), `denied` (the
// key), `rejected` (a name or value). Sizes are absolute, so that two callers at once do no harm.
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/fleet.h"

namespace holdfast {

// For fleets that have to be told which machines are busy.
class FleetShield {
 public:
  virtual ~FleetShield() = default;

  // How many running machines are these workers' and would be shielded. Changes nothing.
  virtual std::uint32_t covers(const std::vector<std::string>& workers) const = 0;

  // Makes the machines of these workers go last and all others first. Workers that are none of its
  // machines are passed over.
  virtual void apply(const std::vector<std::string>& workers, TimePoint deadline) = 0;
};

class Fleet {
 public:
  virtual ~Fleet() = default;

  virtual FleetReading read(TimePoint deadline) = 0;

  // All that there are, in the order of the cloud.
  virtual std::vector<FleetInstance> instances(TimePoint deadline) = 0;

  // How many machines it shall have. When they are fewer, the cloud takes those with the lowest
  // deletion cost first. Returns when the wish is accepted, long before it is fulfilled.
  virtual void resize(std::uint32_t size, TimePoint deadline) = 0;

  virtual void start(TimePoint deadline) = 0;
  // Ends every machine, whatever it does.
  virtual void stop(TimePoint deadline) = 0;

  // nullptr where machines shield themselves, as on SaladCloud, or nobody can. The fleet's own.
  virtual FleetShield* shield() = 0;
};

}  // namespace holdfast
