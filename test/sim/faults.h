// What goes wrong in one world, drawn from its seed: the fault model of the simulation. Whatever
// is here must cost no job and no committed checkpoint.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace holdfast::sim {

class World;

// The interval at which simulated workers take checkpoints, by their clock.
constexpr Duration kCheckpointEvery = 30s;

struct Faults {
  // Machines, lines, store and broker never fail; only programs, people and clouds that scale in do
  // what they do.
  bool calm = false;
  // From then on nothing goes wrong any more, and everything must end (Checker::kEndsWithin).
  TimePoint quiet_after{};

  // A call to the store. The first three fail at once.
  double store_refuses = 0;   // Nothing is done.
  double store_busy = 0;      // "Less often, please."
  double store_rejects = 0;   // No access: the worker gives up.
  double request_lost = 0;    // Nothing is done, and nothing is heard until the deadline.
  double answer_lost = 0;     // It is done, and nothing is heard until the deadline.
  double held_back = 0;       // It is done minutes later, whether its sender still lives or not.
  double store_slow = 0;      // It takes up to a minute.
  double body_damaged = 0;    // A checkpoint's bytes arrive damaged, or not all of them.
  double exists_unseen = 0;   // `exists`, and a look finds nothing: somebody else's write.
  bool repeats_calls = true;  // The worker's store repeats what failed, as in production.

  // Somebody's record stands where the store told us that it created ours.
  double unfenced = 0;
  // The newest checkpoint's manifest rots, while an older one is kept.
  double rots = 0;

  // Minutes in which store, broker or both are out of reach, for all or for one worker.
  std::uint64_t outages = 0;
  double outage_when_asked = 0;  // The store is away from the moment that an owner is asked.

  // The broker and the way to it.
  double publish_refused = 0;
  double publish_late = 0;  // A message, or its confirm, takes up to minutes.
  double confirm_lost = 0;  // The message is sent again.
  double connection_lost = 0;
  std::uint64_t broker_restarts = 0;
  // The queue sets a message aside after so many returns, as the guide's does.
  std::optional<std::uint64_t> delivery_limit;

  // Machines, the others than the first at a call to the outside.
  double vanishes = 0;  // At any time, as a cloud takes it back.
  double kill_at_call = 0;
  double freeze_at_call = 0;  // For up to five minutes.
  double snapshot_fails = 0;

  // Wall clocks of different machines are up to an hour apart.
  bool wrong_clocks = false;

  double drained = 0;  // A worker is told to end (SIGTERM).

  // People.
  double submitted_twice = 0;
  std::size_t parked_max = 2;
  double cancelled = 0;
  // How many of the jobs have programs that do not simply work (program.h).
  double odd_programs = 0;
  // The store refuses a call of those that no job waits for.
  double index_refused = 0;
  // Shards of the job index are folded at every end of a job, not now and then.
  bool folds_often = false;
  // Checkpoints whose lists take many pages, as those of many files do.
  bool small_pages = false;
  // The workers' limits; zero: none.
  Duration stall_after{0};
  Duration time_limit{0};
};

Faults draw_faults(World& world);

}  // namespace holdfast::sim
