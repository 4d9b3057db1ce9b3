// Lets jobs that have ended start anew, each in a new epoch of its log.
//
// For each: `redriven`, with the epoch's number, is appended to its log; then its message, of which
// the store has a copy, is published and confirmed; last its dead letter is removed. Its old
// result stays until the new one replaces it. If this is interrupted between two steps and
// repeated, the job is run again once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/redrive.h"
#include "operate/redrive.h"

namespace holdfast {

enum class Rerun {
  requeued,
  goes_on,          // Left alone: it waits or runs.
  never_claimed,    // Left alone: no worker has met it, so it waits in the queue or is unknown.
  no_checkpoint,    // Left alone: there is none to start from.
  without_message,  // Left alone: nobody has its message, since no worker had seen it.
  forgotten,        // Left alone: nothing of it is kept.
  damaged,          // Left alone: its log cannot be read.
};

struct RerunNews {
  JobId id;
  Rerun outcome = Rerun::requeued;
  std::string was;     // Its state until now; empty: unknown.
  std::string detail;  // damaged: why.
};

struct RerunWishes {
  StartFrom from = StartFrom::zero;
  std::string by;                               // The person, for the log.
  std::function<void(const RerunNews&)> tell;   // Hears of each job.
  std::function<bool()> stop;                   // Asked now and then: true ends it early.
  std::function<std::string()> new_message_id;  // Random.
};

struct RerunSummary {
  std::uint64_t requeued = 0;
  std::uint64_t left_alone = 0;
};

// Throws Error; what was done until then stays done, and all can be asked for again.
RerunSummary rerun(const RedrivePorts& ports, const RerunWishes& wishes,
                   const std::vector<JobId>& jobs);

}  // namespace holdfast
