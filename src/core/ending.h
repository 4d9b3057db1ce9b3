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

// Why we asked a task to stop.
enum class StopReason {
  drain,       // The worker shall end.
  time_limit,  // It ran longer than it may.
  stall,       // It gave no sign of life for longer than it may.
};

std::string_view to_text(StopReason reason);

struct TaskEnd {
  std::optional<int> code;
  std::optional<int> signal;
  std::optional<StopReason> asked_to_stop;  // By us, before it ended.
  Duration limit{0};                        // The one it ran into, for time_limit and stall.
  bool oom_kill = false;       // The kernel killed something here for lack of memory while it ran.
  bool said_finished = false;  // FINISHED=1, on its socket.
  Duration ran{0};
  bool guard_lost = false;  // Something killed what watches it, and so the task: no fault of its.
  std::string note = {};    // What the runner knows of why.
};

struct EndedHow {
  Ending ending = Ending::failed;
  std::string detail;  // "exit code 3", "killed by signal 11 (Segmentation fault)", ...
  bool later = false;  // The job is to be tried later, not at once.
};

// Who asks to be run again after less than this has to wait: else it could do so without end.
constexpr Duration kShortRun = std::chrono::seconds(10);

EndedHow classify(const TaskEnd& end);

// "exit code 3", "killed by signal 11 (Segmentation fault)". Exactly one of the two is set.
std::string how_it_ended(std::optional<int> code, std::optional<int> signal);

// Whether an attempt that ended so is held against the job.
bool counts_as_failure(Ending ending);

// What a person reads of how an attempt ended.
std::string_view in_plain_words(Ending ending);
std::string in_plain_words(const EndingNote& note);

// Whether what the task left in its checkpoint directory is worth a last checkpoint.
bool leaves_a_checkpoint(Ending ending);

// What follows for the job when an attempt ends other than finished.
struct Consequence {
  JobState state = JobState::waiting;  // waiting or dead.
  std::string reason;                  // dead: why, in one word.
  Duration backoff{0};                 // waiting: how long until it may be taken again.
};

// `before` and `after`: the records around handed_back().
Consequence consequence_of(Ending ending, const Record& before, const Record& after,
                           const RetryPolicy& policy);

}  // namespace holdfast
