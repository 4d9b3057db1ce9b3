// What is played through: the work, the machines, and the way in which the one is done on the
// other. Sizes in bytes, speeds in bytes per second.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/time.h"
#include "simulate/hours.h"
#include "simulate/lifetime_curve.h"

namespace holdfast {

struct Scenario {
  std::uint64_t jobs = 1000;
  Hours job_length{5};      // Of computing, on a machine that is never interrupted.
  Hours mtbf{10};           // Mean time between interruptions of one instance while it runs.
  LifetimeCurve lifetimes;  // How long one lives; empty: without a memory, `mtbf` on average.
  double checkpoint_bytes = 1e9;
  double uplink = 10e9 / 3600;
  double downlink = 20e9 / 3600;
  std::uint32_t replicas_min = 0;
  std::uint32_t replicas_max = 250;
  double dollars_per_hour = 0.1;  // While an instance runs; starting one costs nothing.
  Hours decide_every{5.0 / 60};   // How often the autoscaler looks.
  Hours cold_start_median{10.0 / 60};
  // What a worker that is new, or a job that was interrupted, costs its instance until the task
  // computes, besides the checkpoint's way back: connecting, claiming, starting the program.
  Hours restart_cost{1.0 / 3600};
  std::uint64_t seed = 1;
};

// What an autoscaler sees at one of its looks.
struct FleetSight {
  Hours now{0};
  std::uint64_t waiting = 0;
  std::uint64_t in_flight = 0;
  std::uint32_t wanted = 0;   // As it was set last.
  std::uint32_t running = 0;  // Instances that run, busy or idle.
};

// How jobs are carried through.
struct Way {
  std::string name;
  // From one checkpoint to the next.
  Hours interval{0};
  // How long the task stands still for one.
  Hours held{0};
  // The share of the task's speed that an upload beside it costs.
  double upload_share = 0;
  // Whether the task goes on computing during an upload.
  bool uploads_beside = true;
  // From a lost instance to the job's next start elsewhere, if one is free.
  Hours noticing{0};
  // Whether scale-in takes the idle first, then those with least to lose; else anyone.
  bool spares_the_busy = true;
  // Interruptions without progress (or in all, if `counts_all`) after which a job is set aside.
  std::uint32_t interruptions_max = 10;
  bool counts_all = false;
  // How many replicas it wants.
  std::function<std::uint32_t(const FleetSight&)> wanted;
};

// Holdfast's: its own interval (core/interval) and scaling (core/scaling).
Way our_way(const Scenario& scenario);
// As published in the guide: upload in the task's own time, replicas by the number of messages,
// three returns to the queue.
Way guides_way(const Scenario& scenario, Hours interval);

}  // namespace holdfast
