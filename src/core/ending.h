// How an attempt ended, and what follows. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/attempt.h"
#include "core/claim.h"
#include "core/record.h"

namespace holdfast {

// Exit codes with a meaning (docs/task-contract.md).
constexpr int kExitFinished = 0;
constexpr int kExitRefused = 65;       // EX_DATAERR: this job can never work.
constexpr int kExitNodeUnfit = 69;     // EX_UNAVAILABLE: this machine cannot run it.
constexpr int kExitTryLater = 75;      // EX_TEMPFAIL: not my fault.
constexpr int kExitCheckpointed = 85;  // HTCondor's convention: run me again.

struct TaskEnd {
  std::optional<int> code;
  std::optional<int> signal;
  bool asked_to_stop = false;  // By us, before it ended.
};

struct EndedHow {
  Ending ending = Ending::failed;
  std::string detail;  // "exit code 3", "killed by signal 11 (Segmentation fault)", ...
};

EndedHow classify(const TaskEnd& end);

// Whether what the task left in its checkpoint directory is worth a last checkpoint.
bool leaves_a_checkpoint(Ending ending);

// What follows for the job when an attempt ends other than finished.
struct Consequence {
  JobState state = JobState::waiting;  // waiting or dead.
  std::string reason;                  // dead: why, in one word.
  Duration backoff{0};                 // waiting: how long until it may be taken again.
};

Consequence consequence_of(Ending ending, const Record& newest, const RetryPolicy& policy);

}  // namespace holdfast
