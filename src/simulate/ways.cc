#include <algorithm>
#include <memory>

#include "core/interval.h"
#include "core/scaling.h"
#include "simulate/scenario.h"

namespace holdfast {

namespace {

// What changed is copied while the task stands still, where the file system cannot share blocks.
constexpr double kCopyBytesPerSecond = 1e9;
// A machine that vanishes without a word is noticed after two to three heartbeats: of 10 s with us
// (and our claimant waits its patience), of 30 s in the guide.
constexpr Hours kOurNoticing{(30.0 + 6.0) / 3600};
constexpr Hours kGuidesNoticing{87.0 / 3600};
// x-delivery-limit of the guide's queue: each interruption counts.
constexpr std::uint32_t kGuidesDeliveryLimit = 3;

Duration duration(Hours hours) {
  return std::chrono::duration_cast<Duration>(hours);
}

ScalingPolicy policy_for(const Scenario& scenario) {
  ScalingPolicy policy;
  policy.size_min = scenario.replicas_min;
  policy.size_max = scenario.replicas_max;
  return policy;
}

ScalingReading reading_of(const FleetSight& sight) {
  FleetReading fleet;
  fleet.status = sight.wanted == 0   ? FleetStatus::stopped
                 : sight.running > 0 ? FleetStatus::running
                                     : FleetStatus::deploying;
  fleet.wanted = sight.wanted;
  fleet.running = sight.running;
  fleet.starting = sight.wanted - std::min(sight.wanted, sight.running);
  // Whoever is busy has a deletion cost.
  fleet.shielded = static_cast<std::uint32_t>(sight.in_flight);
  ScalingReading reading;
  reading.at = TimePoint(duration(sight.now));
  reading.backlog = {sight.waiting, sight.in_flight, 0};
  reading.fleet = fleet;
  return reading;
}

std::uint32_t size_after(const ScalingDecision& decision, std::uint32_t wanted) {
  return decision.power == FleetPower::stop ? 0 : decision.size.value_or(wanted);
}

}  // namespace

Way our_way(const Scenario& scenario) {
  Way way;
  way.name = "holdfast";
  way.held = Hours(scenario.checkpoint_bytes / kCopyBytesPerSecond / 3600);
  const Hours saving(scenario.checkpoint_bytes / scenario.uplink / 3600);
  way.interval =
      Hours(best_interval({duration(way.held), duration(saving)}, duration(scenario.mtbf)));
  way.upload_share = kSavingShare;
  way.noticing = kOurNoticing;
  way.wanted = [policy = policy_for(scenario),
                state = ScalingState{}](const FleetSight& sight) mutable {
    const ScalingDecision decision = decide_scaling(policy, reading_of(sight), state);
    state = decision.next;
    return size_after(decision, sight.wanted);
  };
  return way;
}

Way guides_way(const Scenario& scenario, Hours interval) {
  Way way;
  way.name = "the guide's way";
  way.interval = interval;
  way.uploads_beside = false;
  way.noticing = kGuidesNoticing;
  way.spares_the_busy = false;
  way.interruptions_max = kGuidesDeliveryLimit;
  way.counts_all = true;
  way.wanted = [policy = policy_for(scenario)](const FleetSight& sight) {
    return size_after(decide_as_the_guide(policy, reading_of(sight)), sight.wanted);
  };
  return way;
}

}  // namespace holdfast
