#include "autoscale/autoscaler.h"

#include "holdfast/error.h"

namespace holdfast {

namespace {

template <typename Action>
bool tried(ScalingRound& round, Action action) {
  try {
    action();
    return true;
  } catch (const Error& error) {
    round.failures.emplace_back(error.what());
    if (!error.may_work_later()) round.rejected = true;
    return false;
  }
}

}  // namespace

ScalingRound Autoscaler::round(bool dry, TimePoint deadline) {
  ScalingRound round;
  read(round, deadline);
  round.decision = decide_scaling(policy_, round.reading, state_);
  state_ = round.decision.next;
  if (!dry && round.decision.changes()) carry_out(round, deadline);
  round.took = parts_.clock.now() - round.reading.at;
  return round;
}

// The fleet last: its deletion costs are what a smaller size goes by.
void Autoscaler::read(ScalingRound& round, TimePoint deadline) {
  tried(round, [&] {
    const QueueCounts counts = parts_.queue.counts(deadline);
    round.reading.backlog = {counts.waiting, counts.in_flight, counts.retrying.value_or(0)};
  });
  tried(round, [&] { round.reading.fleet = parts_.fleet.read(deadline); });
  if (round.reading.fleet && parts_.fleet.shield() != nullptr) read_shield(round, deadline);
  round.reading.at = parts_.clock.now();
}

void Autoscaler::read_shield(ScalingRound& round, TimePoint deadline) {
  round.reading.fleet->shielded.reset();
  const auto busy = parts_.busy_workers();
  if (!busy) return;
  tried(round,
        [&] { round.reading.fleet->shielded = parts_.fleet.shield()->apply(*busy, deadline); });
}

void Autoscaler::carry_out(ScalingRound& round, TimePoint deadline) {
  round.carried_out = tried(round, [&] {
    if (round.decision.size) parts_.fleet.resize(*round.decision.size, deadline);
    if (round.decision.power == FleetPower::start) parts_.fleet.start(deadline);
    if (round.decision.power == FleetPower::stop) parts_.fleet.stop(deadline);
  });
}

}  // namespace holdfast
