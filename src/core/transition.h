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
  std::string when = {};                 // Wall time, for people.
  std::uint64_t every_milliseconds = 0;  // As Progress has it.
};

Record claimed(const std::optional<Record>& newest, const Claimant& claimant);
Record asked(const Record& newest, const std::string& asker);
Record answered(const Record& newest);

// How a checkpoint came about.
struct CheckpointOrigin {
  bool by_task = false;               // The task asked for it, or left it with exit code 85.
  std::optional<Generation> resumed;  // What the attempt had resumed from; 0: it started fresh.
  TimeAccount running = {};           // The attempt's, up to the instant that it shows.
};

// `retained`: how many checkpoints are kept, this one among them. Its content differs from what
// the attempt resumed from and from its own before; whether that is progress: docs/protocol.md.
Record checkpointed(const Record& newest, const CheckpointRef& checkpoint, const Progress& progress,
                    std::size_t retained, const CheckpointOrigin& origin = {});

// `newest` with what the task has reported since: counts as progress if it rose. No record of its
// own.
Record reported(const Record& newest, const Progress& progress);

// What is noted of the newest attempt if its worker is gone by `when` and said nothing.
EndingNote note_of_lost(const Record& newest, const std::string& when);

// The attempt ended and the job waits again. `later`: it asked to be tried later, or to be run
// again though it had hardly run.
Record handed_back(const Record& newest, const EndingNote& note, bool later = false);
// Keeps the newest `checkpoints_kept` checkpoints.
Record completed(const Record& newest, const std::string& outputs_digest, const Progress& progress,
                 const EndingNote& note, std::size_t checkpoints_kept = 0);
Record dead(const Record& newest, const std::string& reason, const EndingNote& note);

// A person ends the job for good: it waits, runs, or nobody has claimed it yet (no log). `when`
// is the wall time of the deed, for people.
Record cancelled(const std::optional<Record>& newest, const std::string& by,
                 const std::string& when);
// A person lets a dead or cancelled job try again: what is held against it is forgotten, its
// checkpoints stay. `from`: the next attempt resumes from this one; 0: from the newest.
Record redriven(const Record& newest, const std::string& by, const std::string& when,
                Generation from = {});

// A person lets a job that has ended start anew, in a new epoch: with nothing held against it, and
// from its newest checkpoint or from none. Attempt numbers go on.
enum class StartFrom { zero, newest_checkpoint };
Record rerun(const Record& newest, StartFrom from, const std::string& by, const std::string& when);

// A person changes a job that nobody has begun: there is no log, or is_unclaimed() in epoch 1.
// `replaced` and `content` are fingerprints of its former and of its new body.
Record revised(const std::optional<Record>& newest, std::uint64_t replaced, std::uint64_t content,
               const std::string& by, const std::string& when);

// A person removes the job for good, in any state. Its number and that it was forgotten stay.
// `worker` names the worker that may still run it; empty: none. Earlier versions read it as
// cancelled.
Record forgotten(const std::optional<Record>& newest, const std::string& by,
                 const std::string& when);
// The worker that ran it confirms that nothing of it runs any more and that all its data is gone.
Record let_go(const Record& forgotten);
// Replaces the record `number`, which comes before `forgotten`. The number stays taken, so a worker
// that was away for a long time cannot append there, and a reader of it sees that the job is
// forgotten.
Record stub_of(const Record& forgotten, std::uint64_t number);

// A person takes away what is kept of a job that has ended: its checkpoints and, if
// `outputs_digest` is not empty, the result of a completed one. Then the list of that digest, which
// names nothing, is stored below the attempt that this record makes up.
Record collected(const Record& newest, const std::string& outputs_digest, const std::string& by);

// Whether `later`, which stands in the log after a record of attempt `ours`, takes the job from
// us: a newer attempt, or an end that somebody else wrote.
bool supersedes(const Record& later, const std::string& our_attempt_id);

}  // namespace holdfast
