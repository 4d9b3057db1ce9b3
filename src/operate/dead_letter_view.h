// A dead letter as a person speaks of it: its name, whose it is and why it lies there. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/job.h"
#include "ports/dead_letters.h"

namespace holdfast {

struct DeadLetterView {
  // The job's id; "message/" and some digits of its content's digest if it is no job.
  std::string name;
  std::optional<JobId> job;
  std::string reason;    // One word.
  std::string error;     // A sentence; empty if nobody left one.
  std::string worker;    // Who set it aside; these three are empty if unknown.
  std::string attempts;  // Its number of attempts.
  std::string when;
};

DeadLetterView view_of(const DeadLetter& letter);

// Which letters are meant.
struct DeadLetterChoice {
  bool all = false;
  std::string reason;                                         // Those with this reason.
  std::set<std::string> names;                                // These.
  std::optional<std::set<std::string>> among = std::nullopt;  // Of these jobs only.
};

// What is no job is only meant by its name.
bool chosen(const DeadLetterChoice& choice, const DeadLetterView& letter);

// Its message for a person's own use: a job on one line, as a list of jobs wants it; what is no job
// byte by byte. nullopt if it was not read whole.
std::optional<std::string> exported(const DeadLetter& letter, const DeadLetterView& view);

}  // namespace holdfast
