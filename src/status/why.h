// What one job waits for, or does, and what a person can do about it: in a paragraph. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "core/unfit_notice.h"
#include "index/group_stops.h"
#include "ports/queue.h"
#include "status/job_status.h"

namespace holdfast {

// Where a job's message is, as an embedded queue can tell.
struct PlaceInQueue {
  bool there = false;
  bool held = false;        // By a worker.
  bool any_worker = true;   // Some worker is there.
  std::uint64_t ahead = 0;  // Jobs that come first.
  std::optional<WallTime> not_before = {};
};

// What is known besides the job's own log. nullopt: it is not.
struct WhyFacts {
  WallTime now;
  QueueCounts queue = {};
  std::optional<PlaceInQueue> place = {};
  std::vector<UnfitNotice> unfit = {};
  std::string last_line = {};  // That its newest attempt printed.
  bool log_ended = false;      // It is noted that nothing of that attempt runs.
  // A group of the job that has stopped.
  std::optional<std::pair<std::string, GroupStop>> stopped = {};
  std::string words = {};  // How the same queue and store are named to other commands.
};

struct Why {
  // For programs: unknown, queued, retrying, between_attempts, running, asked_after, completed,
  // dead, cancelling, cancelled.
  std::string state;
  std::string text;  // May hold what programs printed.
  std::optional<std::string> retry_at = {};
};

Why why(const JobStatus& status, const WhyFacts& facts);

// As one object of JSON: job_id, state (as of Why), job_state, text, retry_at, ahead, last_line;
// null where unknown.
std::string to_json(const JobStatus& status, const WhyFacts& facts, const Why& why);

}  // namespace holdfast
