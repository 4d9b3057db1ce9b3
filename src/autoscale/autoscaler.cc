#include "autoscale/autoscaler.h"

#include <algorithm>

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
  const TimePoint decided = parts_.clock.now();
  round.decision = decide_scaling(policy_, round.reading, state_);
  if (!dry && round.decision.changes()) {
    carry_out(round, std::min(deadline, round.reading.at + kReadingAgeMax));
  }
  if (round.carried_out || !round.decision.changes()) {
    state_ = round.decision.next;
  } else if (!dry) {
    // The fleet may have grown all the same.
    if (round.decision.next.grown_at) state_.grown_at = round.decision.next.grown_at;
    if (!round.rejected) round.decision.look_again = kAnewAfter;
  }
  round.took = parts_.clock.now() - decided;
  return round;
}

void Autoscaler::read(ScalingRound& round, TimePoint deadline) {
  for (;;) {  // Ends by the deadline: a reading that is not fresh took its time.
    round = {};
    read_once(round, deadline);
    if (is_fresh(round)) return;
    if (parts_.clock.now() >= deadline) break;
  }
  round.reading = {.at = round.reading.at, .backlog = {}, .fleet = {}};
  if (!round.failures.empty()) return;
  round.failures.emplace_back(
      "reading queue and fleet took so long that the numbers are out of date");
}

bool Autoscaler::is_fresh(const ScalingRound& round) const {
  return parts_.clock.now() - round.reading.at < kReadingAgeMax;
}

// The fleet last: its deletion costs are what a smaller size goes by.
void Autoscaler::read_once(ScalingRound& round, TimePoint deadline) {
  round.reading.at = parts_.clock.now();
  tried(round, [&] {
    const QueueCounts counts = parts_.queue.counts(deadline);
    round.reading.backlog = {counts.waiting, counts.in_flight, counts.retrying.value_or(0)};
  });
  tried(round, [&] { round.reading.fleet = parts_.fleet.read(deadline); });
  if (!round.reading.fleet) return;
  FleetReading& fleet = *round.reading.fleet;
  if (parts_.fleet.shield() != nullptr) {
    read_shield(fleet);
  } else if (round.reading.backlog.in_flight.value_or(0) > fleet.shielded.value_or(0)) {
    tried(round, [&] { read_exposed(fleet, deadline); });
  }
}

void Autoscaler::read_shield(FleetReading& fleet) {
  fleet.shielded.reset();
  const auto workers = parts_.holding_workers();
  if (!workers) return;
  holding_.clear();
  for (const HoldingWorker& worker : *workers) holding_.push_back(worker.id);
  fleet.shielded = parts_.fleet.shield()->covers(holding_);
  fleet.exposed = static_cast<std::uint32_t>(holding_.size()) - *fleet.shielded;
}

void Autoscaler::read_exposed(FleetReading& fleet, TimePoint deadline) {
  const auto workers = parts_.holding_workers();
  if (workers) fleet.exposed = exposed_among(*workers, parts_.fleet.instances(deadline));
}

void Autoscaler::carry_out(ScalingRound& round, TimePoint deadline) {
  const FleetReading& fleet = *round.reading.fleet;
  const bool shrinks = round.decision.size && *round.decision.size < fleet.wanted;
  round.carried_out = tried(round, [&] {
    if (shrinks && fleet.shielded && parts_.fleet.shield() != nullptr) {
      parts_.fleet.shield()->apply(holding_, deadline);
    }
    if (round.decision.size) parts_.fleet.resize(*round.decision.size, deadline);
    if (round.decision.power == FleetPower::start) parts_.fleet.start(deadline);
    if (round.decision.power == FleetPower::stop) parts_.fleet.stop(deadline);
  });
}

}  // namespace holdfast
