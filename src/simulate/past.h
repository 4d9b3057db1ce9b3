// What a fleet's own past says of it: how often its machines were interrupted, how long its jobs
// compute, what its checkpoints and restarts cost. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time_account.h"
#include "simulate/scenario.h"

namespace holdfast {

// Times in seconds since 1970, as their workers wrote them; 0: unknown.
struct PastCheckpoint {
  std::int64_t shows = 0;   // The instant that it shows.
  std::int64_t stored = 0;  // When it counted.
  std::uint64_t bytes = 0;
};

struct PastAttempt {
  std::string worker;  // Empty: unknown, a machine of its own.
  std::int64_t claimed = 0;
  std::int64_t end = 0;  // Of one that runs, its last sign.
  bool interrupted = false;
  bool completed = false;
  TimeAccount spent;
  std::vector<PastCheckpoint> checkpoints;  // The oldest first.
};

// Of the attempts that were read.
struct Past {
  std::uint64_t attempts = 0;
  std::uint64_t interruptions = 0;
  std::uint64_t completed = 0;
  std::uint64_t checkpoints = 0;
  TimeAccount spent;
  std::uint32_t machines_most = 0;      // That had a job at the same time.
  Hours mtbf{0};                        // Of one machine with a job.
  std::vector<SeenLifetime> lifetimes;  // Of machines, while they had jobs; the same hours.
  Hours interval{0};                    // From one checkpoint to the next; 0: there are not two.
  Hours held{0};                        // The program stood still for each.
  Hours upload{0};                      // Each took to be stored.
  double checkpoint_bytes = 0;
  Hours restart{0};     // From a claim until the program ran.
  Hours job_length{0};  // Useful work of a job that was completed; 0: none was.
};

Past past_of(const std::vector<PastAttempt>& attempts);

// `jobs` more like those of the past on as many machines, at this price.
Scenario scenario_after(const Past& past, std::uint64_t jobs, double dollars_per_hour);
// As they were done: with that interval, and the measured cost of each checkpoint.
Way way_of_the_past(const Scenario& scenario, const Past& past);

}  // namespace holdfast
