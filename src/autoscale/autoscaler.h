// One round of the autoscaler: read queue and fleet, decide (core/scaling), carry it out. Remembers
// between rounds only what core/scaling does; a new one is always safe, and two at once do no harm.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fleet.h"
#include "core/scaling.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/queue.h"

namespace holdfast {

struct AutoscaleParts {
  QueueAdmin& queue;
  Fleet& fleet;
  // All workers that hold messages; nullopt: unknown. Asked for fleets with a shield, and where
  // more messages are held than machines have a deletion cost.
  std::function<std::optional<std::vector<HoldingWorker>>()> holding_workers;
  const Clock& clock;
};

struct ScalingRound {
  ScalingReading reading;
  ScalingDecision decision;
  // What could not be read or carried out, a sentence each.
  std::vector<std::string> failures;
  // One of the failures will not go away by itself.
  bool rejected = false;
  bool carried_out = false;  // Whatever the decision wanted changed is asked for.
  // From the end of the reading to the last request being answered.
  Duration took{0};
};

class Autoscaler {
 public:
  // Nothing is asked for by a reading that began longer ago: meanwhile somebody may have become
  // busy. A broker's own counts are some seconds old already.
  static constexpr Duration kReadingAgeMax = std::chrono::seconds(30);
  // What could not be carried out is decided anew after this pause.
  static constexpr Duration kAnewAfter = std::chrono::seconds(10);

  Autoscaler(AutoscaleParts parts, const ScalingPolicy& policy)
      : parts_(std::move(parts)), policy_(policy) {}

  // With `dry`, nothing is changed. Failures are in what it returns.
  ScalingRound round(bool dry, TimePoint deadline);

 private:
  // Until it is fresh; what was too old at the deadline is forgotten.
  void read(ScalingRound& round, TimePoint deadline);
  void read_once(ScalingRound& round, TimePoint deadline);
  void read_shield(FleetReading& fleet);
  void read_exposed(FleetReading& fleet, TimePoint deadline);
  void carry_out(ScalingRound& round, TimePoint deadline);
  bool is_fresh(const ScalingRound& round) const;

  AutoscaleParts parts_;
  ScalingPolicy policy_;
  ScalingState state_;
  std::vector<std::string> holding_;  // As the last reading had it, for the shield.
};

}  // namespace holdfast
