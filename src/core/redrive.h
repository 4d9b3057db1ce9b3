// What a person may do to a job, given the newest record of its log: bring it back when it is dead,
// run it again when it has ended, change it before it has begun. Pure.
#pragma once

#include <optional>

#include "core/record.h"
#include "core/transition.h"

namespace holdfast {

enum class RedriveDecision {
  append,   // It was set aside: append redriven, then publish its message.
  publish,  // It may go on already and only misses its message: an earlier try was broken off, or
            // the queue itself set it aside. One message too many is harmless.
  drop,     // It is completed, or forgotten: its letter is what was left over.
  refuse,   // A person cancelled it.
};

// Whether a job that was cancelled may come back, too.
enum class CancelledJobs { stay, come_back };

RedriveDecision decide_redrive(const std::optional<Record>& newest, CancelledJobs cancelled);

// Whether a job without a dead letter can be brought back from what the store keeps of it: its
// letter was lost, or it was cancelled before it had one, or an earlier try was broken off.
bool redrivable_without_letter(const std::optional<Record>& newest, CancelledJobs cancelled);

enum class RerunDecision {
  append,         // It has ended: append rerun(), then publish its message.
  publish,        // It waits for its first attempt: an earlier try may have been broken off between
                  // the two. One message too many is harmless.
  goes_on,        // It waits or runs: refuse.
  never_claimed,  // Nobody has met it: refuse.
  no_checkpoint,  // There is none to start from: refuse.
  forgotten,      // Nobody keeps anything of it: refuse.
};

RerunDecision decide_rerun(const std::optional<Record>& newest, StartFrom from);

enum class ReviseDecision {
  append,     // Nobody has begun it: append revised(), then keep the new body and publish it.
  publish,    // The log says so already: an earlier try may have been broken off after that.
  begun,      // Refuse.
  ended,      // Refuse.
  too_often,  // Refuse: it was changed kReplacedMax times.
};

// `content`: fingerprint() of the new body.
ReviseDecision decide_revise(const std::optional<Record>& newest, std::uint64_t content);

}  // namespace holdfast
