// One entry of a job's log. It carries the whole state of the job after it, so the newest record
// is the truth. Each is created once and never removed (docs/formats.md).
//
//              claimed              ended: interrupted, failed
//   (no log) ──────────▶ running ──────────────────────────────▶ waiting ──claimed──▶ running
//                         │  checkpointed, asked, answered: stays running
//                         ├─ completed   the result is stored
//                         ├─ dead        refused, failed too often, no progress; ──redriven──▶
//                         waiting └─ cancelled   by a person: from waiting, running, and without a
//                         log
// A person may also begin a new epoch after any end: the job waits again, as if it were new.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"
#include "core/time_account.h"

namespace holdfast {

// A record is small, so that one request reads it whole.
constexpr std::size_t kRecordBytesMax = 4096;
constexpr std::size_t kEndingsKept = 5;
// Of a worker's id, in bytes of JSON.
constexpr std::size_t kWorkerBytesMax = 100;
// Of a message's id, in bytes of JSON.
constexpr std::size_t kMessageIdBytesMax = 255;
// More checkpoints than this are never kept, whatever the settings say.
constexpr std::size_t kRetainedMax = 16;
// So often may a job be changed before it begins.
constexpr std::size_t kReplacedMax = 8;
// A job's own text goes into its first record up to this size, else beside the log.
constexpr std::size_t kInlineJobBytesMax = 1024;

enum class JobState {
  waiting,    // Handed back; the next claim moves it to running.
  running,    // An attempt owns it; its worker, or a later claim, moves it on.
  completed,  // End: the result is stored. Nobody moves it on.
  dead,       // End: set aside for a person, who may redrive it.
  cancelled,  // End: by a person.
};

enum class RecordKind {
  claimed,
  checkpointed,
  asked,     // A claimant asks whether the owner lives. Changes nothing else.
  answered,  // The owner lives. Changes nothing else.
  ended,     // The attempt ended and the job waits again.
  completed,
  dead,
  cancelled,
  redriven,  // A person lets a job that has ended try again, in this epoch or in a new one, or
             // changes one that nobody has begun.
};

// Whether a job in this state goes on only by a person's will, if at all.
bool is_end(JobState state);

std::string_view to_text(JobState state);
std::string_view to_text(RecordKind kind);

// Where a committed checkpoint stands.
struct CheckpointRef {
  Generation generation;
  AttemptNumber attempt;        // The attempt that stored it.
  std::string manifest_digest;  // SHA-256 of the manifest's bytes, hexadecimal.
  std::uint64_t size_bytes = 0;
  friend bool operator==(const CheckpointRef&, const CheckpointRef&) = default;
};

// How far the newest attempt is durably: what the task had said of itself by then, and when that
// was. The work that came after it would be lost.
struct Progress {
  std::optional<double> fraction;
  std::optional<std::uint64_t> step;
  std::string status;
  // The instant that the newest checkpoint shows, or when the attempt began: wall time of its
  // worker, for people.
  std::string as_of = {};
  std::uint64_t ran_seconds = 0;  // How long the attempt had run by then, by its worker's clock.
  // The next instant that a checkpoint shows comes so long after that one, as far as the last ones
  // tell; 0: nobody knows.
  std::uint64_t every_milliseconds = 0;
  // How long it took until this one was in the log. Until then the worker lived.
  std::uint64_t stored_milliseconds = 0;
};

// The most that a task of the job has reported since it was submitted or brought back.
struct Reached {
  std::optional<double> fraction;
  std::optional<std::uint64_t> step;
};

// A checkpoint may hold what its program cannot read: files that were being written in place. So
// attempts that fail one after the other without progress resume from older ones (docs/protocol.md,
// Stepping back).
struct StepBack {
  enum class Stage : std::uint8_t { newest, before, oldest };
  Stage stage = Stage::newest;
  std::uint32_t failures = 0;  // Without progress, of attempts that had resumed, at this stage.
  Generation resume_from;      // By the next attempt; 0: from the newest.
};

// A result as the log names it: the list of that digest stands below that attempt.
struct ResultRef {
  AttemptNumber attempt;
  std::string digest;
  friend bool operator==(const ResultRef&, const ResultRef&) = default;
};

// A job that a person lets start anew has as many epochs as it was started. Attempt numbers go on
// through all of them, so whoever is left of an earlier one is fenced off like any old attempt.
struct Epoch {
  std::uint64_t number = 1;
  AttemptNumber first_attempt{1};
  // Of an epoch before: what a person finds until this one completes.
  std::optional<ResultRef> former_result;
};

// Of a job whose content a person changed before anybody had begun it (docs/protocol.md, Revise).
struct Revision {
  std::uint64_t content = 0;            // fingerprint() of the body that counts; 0: never changed.
  std::vector<std::uint64_t> replaced;  // Those of the bodies before: their messages are void.
};

struct Record {
  std::uint64_t number = 0;
  RecordKind kind = RecordKind::claimed;
  JobState state = JobState::running;

  AttemptNumber attempt;   // The newest attempt; 0 if it was cancelled before the first.
  std::string attempt_id;  // Random: tells an append of ours from one of somebody else's.
  std::string worker;      // Who runs, or last ran, the newest attempt.
  std::string message_id;  // The message by which it was claimed.
  Epoch epoch;
  Revision revision;
  // How many records the owners of this job have written: grows with every sign of life, so that
  // who asked sees an answer also when others ask after it.
  std::uint64_t signs_of_life = 0;

  Generation generation;                   // The newest committed; never goes down.
  std::vector<CheckpointRef> checkpoints;  // Those kept, newest first.

  // What is held against the job. Progress wipes out the first three (docs/protocol.md, Progress),
  // only a person the totals.
  std::uint32_t failures_since_progress = 0;
  std::uint32_t attempts_since_progress = 0;  // The newest, and those before it that were lost.
  std::uint32_t deferrals = 0;                // Attempts in a row that asked to be tried later.
  std::uint32_t failures_total = 0;
  std::uint32_t lost_total = 0;
  std::uint64_t ran_total_seconds = 0;  // All attempts that have ended.
  // Where the time of all attempts went that have ended, since the job was submitted: for people.
  TimeAccount spent;
  // That of the running one, up to the instant that is durable.
  TimeAccount running;

  StepBack step_back;
  Reached reached;
  Progress progress;
  std::vector<EndingNote> endings;  // The last kEndingsKept, newest last.
  std::string outputs_digest;       // completed: SHA-256 of the outputs manifest.
  std::string reason;               // One word. dead: why; cancelled: "forgotten" or none.
  std::string asker;                // asked: who asks.
  std::string by;                   // cancelled, redriven: by whom.
  std::string job;                  // Record 1: the job itself if it is small enough.
  std::string when;                 // Wall time of the writer, for people.
};

// The reason of a job that a person took away for good, with all that was kept of it.
inline constexpr std::string_view kForgotten = "forgotten";
bool is_forgotten(const Record& newest);

// The result that stands: its own, or, until it completes, that of an epoch before.
std::optional<ResultRef> result_of(const Record& newest);

// Whether the newest epoch has begun and no attempt of it: its message may be missing.
bool is_unclaimed(const Record& newest);

// Whether a body with this fingerprint was replaced by a person: its message is void.
bool is_replaced(const Record& newest, std::uint64_t content);

// A message's id as a record keeps it.
std::string kept_message_id(std::string_view message_id);

std::string to_json(const Record& record);

// Throws Error (corrupt) if `bytes` is no record.
Record record_from_json(std::string_view bytes);

}  // namespace holdfast
