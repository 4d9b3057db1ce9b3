// How large the fleet shall be: from one reading of queue and fleet to a decision with its reason.
// Pure; the daemon, the simulator and the tests call the same functions. Growth is cheap (a machine
// that starts is not billed), shrinking kills, so shrinking needs proof and growth only a hint.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/fleet.h"

namespace holdfast {

struct ScalingPolicy {
  std::uint32_t size_min = 0;
  std::uint32_t size_max = 250;
  // How many jobs there are to be per machine.
  std::uint32_t jobs_per_machine = 1;
  // Instead: work the backlog off within `drain_within`, at `job_time` a job. Both or none.
  std::optional<Duration> drain_within;
  std::optional<Duration> job_time;
  // How long it takes until a new machine runs: half of them are there after 10 minutes, four in
  // five after 20. So long after the fleet grew it does not shrink while there is work.
  Duration cold_start = std::chrono::minutes(20);
  // A smaller size must have been enough for so long before the fleet shrinks.
  Duration cooldown = std::chrono::minutes(10);
  // At most so many machines more or less per decision. nullopt: no limit.
  std::optional<std::uint32_t> step_up;
  std::optional<std::uint32_t> step_down;
  // At most so many dollars an hour. Both or none.
  std::optional<double> dollars_per_hour;
  std::optional<double> machine_dollars_per_hour;
  // Shrink although machines that run a job may be hit.
  bool busy_may_go = false;
  // The fleet goes to zero after so many readings in a row that each say that nothing is left,
  // taken at least `zero_gap` apart: a management interface tells what was some seconds ago.
  std::uint32_t zero_readings = 3;
  Duration zero_gap = std::chrono::seconds(10);
};

// nullopt: it could not be read, which is not zero. Dead letters are no work and not here.
struct BacklogReading {
  std::optional<std::uint64_t> waiting;
  std::optional<std::uint64_t> in_flight;  // Held by workers: at most so many are busy.
  std::uint64_t retrying = 0;              // Will wait again after a pause.
};

struct ScalingReading {
  TimePoint at{};
  BacklogReading backlog;
  std::optional<FleetReading> fleet;
};

// What is remembered from one decision to the next. A new one is always safe.
struct ScalingState {
  // Readings in a row that said that nothing is left; the first and the last that counted.
  std::uint32_t zero_readings = 0;
  std::optional<TimePoint> zero_since;
  std::optional<TimePoint> zero_counted_at;
  std::optional<TimePoint> grown_at;
  // Since when a smaller size would have done, and the largest that was needed since.
  std::optional<TimePoint> enough_since;
  std::uint32_t enough = 0;
};

enum class FleetPower { leave, start, stop };

struct ScalingDecision {
  // The size to set, before a start; nullopt: leave it.
  std::optional<std::uint32_t> size;
  FleetPower power = FleetPower::leave;
  std::string reason;  // One sentence for people.
  // Machines with a job that the decision may take.
  std::uint64_t busy_at_risk = 0;
  // A person must act, or nothing will ever change.
  bool person_needed = false;
  // When it needs another reading before it can decide.
  std::optional<Duration> look_again;
  ScalingState next;

  bool changes() const { return size.has_value() || power != FleetPower::leave; }
};

ScalingDecision decide_scaling(const ScalingPolicy& policy, const ScalingReading& reading,
                               const ScalingState& state);

// The size that the backlog asks for by itself, within the policy's limits.
std::uint32_t size_for(const ScalingPolicy& policy, std::uint64_t backlog);

// For comparison: what the guide's autoscaler does, which sets the size to the number of messages
// and stops the group when there are none. Uses size_min and size_max only.
ScalingDecision decide_as_the_guide(const ScalingPolicy& policy, const ScalingReading& reading);

}  // namespace holdfast
