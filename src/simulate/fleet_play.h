// Plays a scenario through, event by event, in seconds: machines that start, are interrupted and
// are taken away, jobs that go on from their newest checkpoint, an autoscaler that looks now and
// then. Pure, and the same for the same seed.
#pragma once

#include <cstdint>

#include "simulate/scenario.h"

namespace holdfast {

// Where the hours went that were paid for.
struct HoursSpent {
  Hours useful{0};            // Became part of a result.
  Hours lost{0};              // Computed, and lost with an instance or a job set aside.
  Hours lost_in_scale_in{0};  // The same, because the autoscaler took the instance.
  Hours restoring{0};         // The task was not started yet, or its checkpoint on its way back.
  Hours held{0};              // The task stood still for a checkpoint, or was slowed down by one.
  Hours idle{0};              // Nothing to do.

  Hours paid() const { return useful + lost + lost_in_scale_in + restoring + held + idle; }
};

struct PlayReport {
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t interruptions = 0;  // Of busy instances, by the cloud.
  std::uint64_t busy_taken = 0;     // Busy instances that scale-in took.
  Hours finished{0};                // When the last job had ended.
  HoursSpent spent;                 // Until the fleet was as small as it can be again.
  double goodput() const { return spent.useful / spent.paid(); }
};

// Throws Error (rejected) if the jobs are not done within twenty years or some hundred million
// events: they never will be.
PlayReport play(const Scenario& scenario, const Way& way);

}  // namespace holdfast
