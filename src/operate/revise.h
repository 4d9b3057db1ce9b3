// Gives jobs that nobody has begun their new content: a person edited the list that they came from.
//
// For each: a record of its log says which content counts and which is void; then the new body is
// kept in the store; then its message is published and confirmed. The message with the former
// content stays in the queue, and the worker that gets it drops it. If this is interrupted between
// two steps and repeated, the job is there once, with its new content.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/job.h"
#include "ports/clock.h"
#include "ports/queue.h"
#include "ports/store.h"

namespace holdfast {

struct ChangedJob {
  JobId id;
  std::string body;                // The new one.
  std::uint64_t submitted_as = 0;  // fingerprint() of the one that was sent.
};

enum class Revised {
  changed,
  begun,      // Left alone: it runs, or has run.
  ended,      // Left alone.
  too_often,  // Left alone: it was changed kReplacedMax times before.
};

struct RevisePorts {
  Publisher& publisher;
  Store& store;
  const Clock& clock;
};

struct ReviseWishes {
  std::vector<std::pair<std::string, std::string>> headers;  // Of every message.
  std::string by;                                            // The person, for the log.
  std::function<std::string()> new_message_id;               // Random.
};

// Of each job what became of it, in their order; those that are `changed` are confirmed by the
// queue. As many jobs as may be held in memory. Throws Error; the same call again does the rest.
std::vector<Revised> revise(const RevisePorts& ports, const ReviseWishes& wishes,
                            const std::vector<ChangedJob>& jobs);

}  // namespace holdfast
