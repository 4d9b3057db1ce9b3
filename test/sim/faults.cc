#include "faults.h"

#include "world.h"

namespace holdfast::sim {

Faults draw_faults(World& world) {
  Faults faults;
  faults.calm = world.chance(0.3);
  faults.quiet_after = world.now() + world.between(600s, 3600s);

  // As in most clouds at most times.
  const bool only_machines = !faults.calm && world.chance(0.2);

  // Each is there in half of the worlds: from calm to everything at once.
  const auto some = [&](double most) {
    const bool here = world.chance(0.5);
    const double how_much = most * world.random().fraction();
    return here && !faults.calm && !only_machines ? how_much : 0.0;
  };
  faults.store_refuses = some(0.1);
  faults.store_busy = some(0.05);
  faults.store_rejects = some(0.001);
  faults.request_lost = some(0.03);
  faults.answer_lost = some(0.06);
  faults.held_back = some(0.06);
  faults.store_slow = some(0.02);
  faults.body_damaged = some(0.1);
  faults.exists_unseen = some(0.02);
  faults.repeats_calls = world.chance(0.6);
  faults.unfenced = world.chance(0.1) ? some(0.6) : 0.0;
  faults.rots = some(0.2);
  faults.outages = some(1) > 0 ? 1 + world.random().below(3) : 0;
  faults.outage_when_asked = some(0.4);
  faults.publish_refused = some(0.2);
  faults.publish_late = some(0.5);
  faults.confirm_lost = some(0.1);
  faults.connection_lost = some(0.01);
  faults.vanishes = only_machines ? 0.8 : some(0.8);
  faults.kill_at_call = some(0.008);
  faults.freeze_at_call = some(0.004);
  faults.snapshot_fails = some(0.1);

  faults.wrong_clocks = !only_machines && world.chance(0.5);
  faults.drained = world.chance(0.4) ? 0.7 : 0.0;
  faults.submitted_twice = world.chance(0.4) ? 0.5 : 0.0;
  faults.parked_max = 1 + world.random().below(2);
  faults.cancelled = world.chance(0.2) ? 0.4 : 0.0;
  faults.odd_programs = world.chance(0.7) ? 0.6 : 0.0;
  faults.small_pages = world.chance(0.5);
  faults.index_refused = some(0.3);
  faults.folds_often = world.chance(0.5);
  if (world.chance(0.5)) faults.stall_after = 150s;
  if (world.chance(0.3)) faults.time_limit = 1200s;
  if (world.chance(0.2)) faults.delivery_limit = 3;
  if (world.chance(0.3)) faults.broker_restarts = 1 + world.random().below(3);
  return faults;
}

}  // namespace holdfast::sim
