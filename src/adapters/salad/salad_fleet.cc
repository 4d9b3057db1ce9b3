#include "adapters/salad/salad_fleet.h"

#include <algorithm>

#include "adapters/salad/salad_json.h"
#include "base/log.h"
#include "core/fleet.h"
#include "holdfast/error.h"

namespace holdfast {

FleetReading SaladFleet::read(TimePoint deadline) {
  FleetReading fleet = fleet_in(api_.get(api_.group(), deadline));
  count_instances(instances(deadline), fleet);
  fleet.size_max = kSizeMax;
  try {
    const std::uint64_t room = room_in(api_.get(api_.organization() + "/quotas", deadline));
    // Groups count with their wanted size, whether they run or not.
    fleet.size_max =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(kSizeMax, fleet.wanted + room));
  } catch (const Error& error) {
    // The cloud holds to its quota also when it does not tell it.
    log(LogLevel::debug, "quota unknown", {{"error", error.what()}});
  }
  return fleet;
}

std::vector<FleetInstance> SaladFleet::instances(TimePoint deadline) {
  return instances_in(api_.get(api_.group() + "/instances", deadline));
}

void SaladFleet::resize(std::uint32_t size, TimePoint deadline) {
  static_cast<void>(api_.patch(api_.group(), size_patch(size), deadline));
}

void SaladFleet::start(TimePoint deadline) {
  static_cast<void>(api_.post(api_.group() + "/start", {}, deadline));
}

void SaladFleet::stop(TimePoint deadline) {
  static_cast<void>(api_.post(api_.group() + "/stop", {}, deadline));
}

}  // namespace holdfast
