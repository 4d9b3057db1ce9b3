// How often to take a checkpoint: often enough that an interruption loses little, seldom enough
// that the task is not held back. Pure.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace holdfast {

// What the last checkpoint took.
struct CheckpointCost {
  Duration held{0};    // The task stood still.
  Duration saving{0};  // Reading, compressing and sending it, while the task went on.
};

// A worker's mean time between interruptions if nobody knows better.
constexpr Duration kMtbfPrior = std::chrono::hours(10);
// How many interruptions the prior is worth: it stands for so many of them in as many times itself.
constexpr double kMtbfPriorWeight = 2;
// Until a first checkpoint has been measured.
constexpr Duration kFirstInterval = std::chrono::minutes(1);
constexpr Duration kIntervalMin = std::chrono::seconds(30);
constexpr Duration kIntervalMax = std::chrono::hours(1);
// The share of the task's speed that saving is taken to cost: it is bound by the line, and its
// threads yield the processor to the task (bench/measure/slow_down.py).
constexpr double kSavingShare = 0.01;

// The interval that loses least at a mean time of `mtbf` between interruptions, from one checkpoint
// to the next: Daly's estimate of higher order (Future Generation Computer Systems 22, 2006), of
// which Young's sqrt(2 cost mtbf) is the first term. Within the bounds above, and never shorter
// than saving takes, since only the latest of those that wait is stored.
Duration best_interval(const CheckpointCost& cost, Duration mtbf);

// What a fleet has seen: how long its attempts ran in all, whatever ended them, and how many of
// them an interruption ended.
struct Exposure {
  Duration ran{0};
  std::uint64_t interruptions = 0;
};

// One over the mean of the interruptions' rate, which is taken to be constant, with a Gamma prior:
// the prior alone at first, the observed time over the observed interruptions in the end. Attempts
// that ended otherwise count with the time that they ran.
Duration mean_time_between_interruptions(const Exposure& exposure);

}  // namespace holdfast
