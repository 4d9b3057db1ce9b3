// A container group of SaladCloud as a fleet. Workers there shield themselves: each tells its
// deletion cost to the metadata service on its machine.
#pragma once

#include "adapters/salad/salad_api.h"
#include "ports/fleet.h"

namespace holdfast {

class SaladFleet final : public Fleet {
 public:
  // The cloud's own limit for one group.
  static constexpr std::uint32_t kSizeMax = 500;

  SaladFleet(const SaladPlace& place, Clock& clock) : api_(place, clock) {}

  FleetReading read(TimePoint deadline) override;
  std::vector<FleetInstance> instances(TimePoint deadline) override;
  void resize(std::uint32_t size, TimePoint deadline) override;
  void start(TimePoint deadline) override;
  void stop(TimePoint deadline) override;
  FleetShield* shield() override { return nullptr; }

 private:
  SaladApi api_;
};

}  // namespace holdfast
