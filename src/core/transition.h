// Every step that a job's log can take: from the newest record to the one appended after it.
// Pure; job_log fills in number and time.
#pragma once

#include <optional>
#include <string>

#include "core/attempt.h"
#include "core/record.h"

namespace holdfast {

// Who appends.
struct Claimant {
  std::string attempt_id;
  std::string worker;
  std::string message_id;
  std::string when = {};  // Wall time, for people.
};

Record claimed(const std::optional<Record>& newest, const Claimant& claimant);
Record asked(const Record& newest, const std::string& asker);
Record answered(const Record& newest);

// `retained`: how many checkpoints are kept, this one among them. Progress wipes out failures.
Record checkpointed(const Record& newest, const CheckpointRef& checkpoint, const Progress& progress,
                    std::size_t retained);

// The attempt ended and the job waits again.
Record handed_back(const Record& newest, const EndingNote& note);
Record completed(const Record& newest, const std::string& outputs_digest, const Progress& progress,
                 const EndingNote& note);
Record dead(const Record& newest, const std::string& reason, const EndingNote& note);

// A person ends the job for good: it waits, runs, or nobody has claimed it yet (no log). `when`
// is the wall time of the deed, for people.
Record cancelled(const std::optional<Record>& newest, const std::string& by,
                 const std::string& when);
// A person lets a dead or cancelled job try again: what is held against it is forgotten, its
// checkpoints stay.
Record redriven(const Record& newest, const std::string& by, const std::string& when);

// Whether `later`, which stands in the log after a record of attempt `ours`, takes the job from
// us: a newer attempt, or an end that somebody else wrote.
bool supersedes(const Record& later, const std::string& our_attempt_id);

}  // namespace holdfast
