#include "core/transition.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/ending.h"
#include "core/step_back.h"
#include "core/text.h"

namespace holdfast {

namespace {

// How much of a text from outside a record holds, in bytes of JSON.
constexpr std::size_t kReasonBytesMax = 40;
// The time of writing, which is filled in later.
constexpr std::size_t kWhenBytesMax = 32;

// Older endings make room for what matters more, then what the task said for people.
Record within_bounds(Record next) {
  const auto too_large = [&] { return to_json(next).size() + kWhenBytesMax > kRecordBytesMax; };
  while (too_large() && next.endings.size() > 1) next.endings.erase(next.endings.begin());
  if (too_large()) next.progress.status.clear();
  return next;
}

Record after(const Record& newest, RecordKind kind) {
  Record next = newest;
  next.kind = kind;
  next.asker.clear();
  next.by.clear();
  if (kind != RecordKind::asked) next.signs_of_life += 1;
  next.job.clear();
  return next;
}

void note_ending(Record& record, const EndingNote& note) {
  record.ran_total_seconds += note.ran_seconds;
  record.spent += note.spent;
  record.running = {};
  record.endings.push_back(note);
  record.endings.back().worker = fitted(note.worker, kWorkerBytesMax);
  record.endings.back().detail = fitted(note.detail, kDetailBytesMax);
  if (record.endings.size() > kEndingsKept) record.endings.erase(record.endings.begin());
}

void note_progress(Record& record, const Progress& progress) {
  record.progress = progress;
  record.progress.status = fitted(progress.status, kDetailBytesMax);
}

// Of an attempt that begins: how far checkpoints were apart, and how long storing one took, is
// known from the attempts before.
void note_first_due(Progress& progress, std::uint64_t every_milliseconds) {
  const bool seen = progress.stored_milliseconds > 0;
  if (!seen) progress.every_milliseconds = every_milliseconds;
  progress.every_milliseconds += std::exchange(progress.stored_milliseconds, 0);
}

void note_failure(Record& record, const EndingNote& note) {
  if (!counts_as_failure(note.ending)) return;
  record.step_back = after_failure(record, note.resumed);
  record.failures_since_progress += 1;
  record.failures_total += 1;
}

void wipe_out_failures(Record& record) {
  record.failures_since_progress = 0;
  record.attempts_since_progress = 0;
  record.step_back.stage = StepBack::Stage::newest;
  record.step_back.failures = 0;
}

// Whether a report is above all before it; notes it.
bool rose(Reached& reached, const Progress& progress) {
  const bool step = progress.step && (!reached.step || *progress.step > *reached.step);
  const bool fraction =
      progress.fraction && (!reached.fraction || *progress.fraction > *reached.fraction);
  if (step) reached.step = progress.step;
  if (fraction) reached.fraction = progress.fraction;
  return step || fraction;
}

// A loss after a longer run is a machine's way to go, not a job's way to end its worker.
constexpr std::uint64_t kLongRunSeconds = 3600;

// Whether an attempt that has run for so long got further than the last one that failed or was
// lost. As far as it is not enough: a crash after two minutes comes a little later now and then.
bool got_further(const std::vector<EndingNote>& endings, std::uint64_t ran_seconds) {
  const auto last = std::find_if(endings.rbegin(), endings.rend(), [](const EndingNote& note) {
    return counts_as_failure(note.ending) || note.ending == Ending::lost;
  });
  if (last == endings.rend()) return true;
  return ran_seconds > last->ran_seconds + std::max<std::uint64_t>(1, last->ran_seconds / 10);
}

}  // namespace

std::optional<ResultRef> result_of(const Record& newest) {
  if (newest.state != JobState::completed) return newest.epoch.former_result;
  return ResultRef{newest.attempt, newest.outputs_digest};
}

bool is_forgotten(const Record& newest) {
  return newest.state == JobState::cancelled && newest.reason == kForgotten;
}

bool is_unclaimed(const Record& newest) {
  return newest.state == JobState::waiting && newest.attempt < newest.epoch.first_attempt;
}

bool is_replaced(const Record& newest, std::uint64_t content) {
  const auto& replaced = newest.revision.replaced;
  return std::find(replaced.begin(), replaced.end(), content) != replaced.end();
}

std::string kept_message_id(std::string_view message_id) {
  return fitted(message_id, kMessageIdBytesMax);
}

Record claimed(const std::optional<Record>& newest, const Claimant& claimant) {
  Record next = newest ? after(*newest, RecordKind::claimed) : Record{};
  if (!newest) next.signs_of_life = 1;
  if (newest && newest->state == JobState::running) {
    note_ending(next, note_of_lost(*newest, claimant.when));
    next.lost_total += 1;
  }
  next.kind = RecordKind::claimed;
  next.state = JobState::running;
  next.attempt.value += 1;
  next.attempts_since_progress += 1;
  next.attempt_id = claimant.attempt_id;
  next.worker = fitted(claimant.worker, kWorkerBytesMax);
  next.message_id = kept_message_id(claimant.message_id);
  next.progress.as_of = claimant.when;
  next.progress.ran_seconds = 0;
  note_first_due(next.progress, claimant.every_milliseconds);
  return within_bounds(std::move(next));
}

EndingNote note_of_lost(const Record& newest, const std::string& when) {
  return {newest.attempt,
          Ending::lost,
          newest.worker,
          std::string(kLostDetail),
          newest.when,
          newest.progress.ran_seconds,
          {},
          account_of_lost(newest, when)};
}

Record asked(const Record& newest, const std::string& asker) {
  Record next = after(newest, RecordKind::asked);
  next.asker = fitted(asker, kWorkerBytesMax);
  return within_bounds(std::move(next));
}

Record answered(const Record& newest) {
  return within_bounds(after(newest, RecordKind::answered));
}

Record checkpointed(const Record& newest, const CheckpointRef& checkpoint, const Progress& progress,
                    std::size_t retained, const CheckpointOrigin& origin) {
  check(newest.state == JobState::running, "only a running job makes checkpoints");
  check(checkpoint.generation > newest.generation, "the generation only grows");
  Record next = after(newest, RecordKind::checkpointed);
  next.generation = checkpoint.generation;
  // What the attempt stepped over, because it was damaged or no attempt got further with it, must
  // not push out the one that it resumed from.
  if (origin.resumed) {
    std::erase_if(next.checkpoints, [&](const CheckpointRef& ref) {
      return ref.attempt < newest.attempt && ref.generation > *origin.resumed;
    });
  }
  next.checkpoints.insert(next.checkpoints.begin(), checkpoint);
  next.checkpoints =
      spaced(std::move(next.checkpoints), std::clamp<std::size_t>(retained, 1, kRetainedMax));
  next.step_back.resume_from = {};
  const bool progressed = rose(next.reached, progress) || origin.by_task ||
                          got_further(newest.endings, progress.ran_seconds);
  if (progressed) wipe_out_failures(next);
  if (progress.ran_seconds >= kLongRunSeconds) next.attempts_since_progress = 0;
  note_progress(next, progress);
  next.running = origin.running;
  return within_bounds(std::move(next));
}

Record reported(const Record& newest, const Progress& progress) {
  Record next = newest;
  if (rose(next.reached, progress)) wipe_out_failures(next);
  return next;
}

Record handed_back(const Record& newest, const EndingNote& note, bool later) {
  Record next = after(newest, RecordKind::ended);
  next.state = JobState::waiting;
  note_failure(next, note);
  const bool progressed = newest.attempts_since_progress == 0;
  next.deferrals = !later ? 0 : progressed ? 1 : newest.deferrals + 1;
  if (note.ending == Ending::lost) {
    next.lost_total += 1;
  } else if (next.attempts_since_progress > 0) {
    next.attempts_since_progress -= 1;  // It could say how it ended.
  }
  note_ending(next, note);
  return within_bounds(std::move(next));
}

Record completed(const Record& newest, const std::string& outputs_digest, const Progress& progress,
                 const EndingNote& note, std::size_t checkpoints_kept) {
  Record next = after(newest, RecordKind::completed);
  next.state = JobState::completed;
  if (next.checkpoints.size() > checkpoints_kept) next.checkpoints.resize(checkpoints_kept);
  next.outputs_digest = outputs_digest;
  next.epoch.former_result.reset();
  note_progress(next, progress);
  note_ending(next, note);
  return within_bounds(std::move(next));
}

Record dead(const Record& newest, const std::string& reason, const EndingNote& note) {
  Record next = after(newest, RecordKind::dead);
  next.state = JobState::dead;
  next.reason = fitted(reason, kReasonBytesMax);
  note_failure(next, note);
  note_ending(next, note);
  return within_bounds(std::move(next));
}

Record cancelled(const std::optional<Record>& newest, const std::string& by,
                 const std::string& when) {
  check(!newest || !is_end(newest->state), "only a job that can go on is cancelled");
  Record next = newest ? after(*newest, RecordKind::cancelled) : Record{};
  if (!newest) next.signs_of_life = 1;
  next.kind = RecordKind::cancelled;
  next.state = JobState::cancelled;
  next.by = fitted(by, kWorkerBytesMax);
  next.when = when;
  EndingNote note{next.attempt, Ending::cancelled, next.worker, "cancelled by " + by, when};
  if (newest && newest->state == JobState::running) note.spent = account_of_lost(*newest, when);
  note_ending(next, note);
  return within_bounds(std::move(next));
}

Record redriven(const Record& newest, const std::string& by, const std::string& when,
                Generation from) {
  check(newest.state == JobState::dead || newest.state == JobState::cancelled,
        "only a job that was set aside or cancelled is redriven");
  Record next = after(newest, RecordKind::redriven);
  next.state = JobState::waiting;
  next.by = fitted(by, kWorkerBytesMax);
  next.when = when;
  next.reason.clear();
  wipe_out_failures(next);
  next.step_back.resume_from = from;
  next.deferrals = next.failures_total = next.lost_total = 0;
  next.ran_total_seconds = 0;
  next.reached = {};
  return within_bounds(std::move(next));
}

Record rerun(const Record& newest, StartFrom from, const std::string& by, const std::string& when) {
  check(is_end(newest.state), "only a job that has ended is run again");
  Record next;
  next.number = newest.number;
  next.kind = RecordKind::redriven;
  next.state = JobState::waiting;
  next.attempt = newest.attempt;
  next.attempt_id = newest.attempt_id;
  next.worker = newest.worker;
  next.message_id = newest.message_id;
  next.signs_of_life = newest.signs_of_life + 1;
  next.revision = newest.revision;
  next.epoch = {newest.epoch.number + 1, {newest.attempt.value + 1}, result_of(newest)};
  if (from == StartFrom::newest_checkpoint) {
    next.generation = newest.generation;
    next.checkpoints = newest.checkpoints;
    next.progress = newest.progress;
  }
  next.spent = newest.spent;  // It was paid all the same.
  next.by = fitted(by, kWorkerBytesMax);
  next.when = when;
  return within_bounds(std::move(next));
}

Record revised(const std::optional<Record>& newest, std::uint64_t replaced, std::uint64_t content,
               const std::string& by, const std::string& when) {
  Record next = newest ? after(*newest, RecordKind::redriven) : Record();
  check(next.attempt.value == 0, "only a job that nobody has begun is changed");
  next.kind = RecordKind::redriven;
  next.state = JobState::waiting;
  std::vector<std::uint64_t>& before = next.revision.replaced;
  for (const std::uint64_t body : {replaced, next.revision.content}) {
    if (body != 0 && !is_replaced(next, body)) before.push_back(body);
  }
  std::erase(before, content);
  next.revision.content = content;
  next.by = fitted(by, kWorkerBytesMax);
  next.when = when;
  return within_bounds(std::move(next));
}

Record forgotten(const std::optional<Record>& newest, const std::string& by,
                 const std::string& when) {
  check(!newest || !is_forgotten(*newest), "a job is forgotten once");
  Record next;
  next.kind = RecordKind::cancelled;
  next.state = JobState::cancelled;
  next.reason = kForgotten;
  next.by = fitted(by, kWorkerBytesMax);
  next.when = when;
  if (!newest) return next;
  next.number = newest->number;
  next.attempt = newest->attempt;
  next.epoch = {newest->epoch.number, newest->epoch.first_attempt, {}};
  if (newest->state == JobState::running) next.worker = newest->worker;
  return next;
}

Record let_go(const Record& forgotten) {
  check(is_forgotten(forgotten), "only a job that was forgotten is let go");
  Record next = forgotten;
  next.worker.clear();
  return next;
}

Record stub_of(const Record& forgotten, std::uint64_t number) {
  check(is_forgotten(forgotten) && number < forgotten.number, "a stub stands before the end");
  Record stub = forgotten;
  stub.number = number;
  return stub;
}

Record collected(const Record& newest, const std::string& outputs_digest, const std::string& by) {
  check(is_end(newest.state), "only of a job that has ended something is taken away");
  check(outputs_digest.empty() || newest.state == JobState::completed,
        "only of a completed job is a result taken away");
  Record next = after(newest, newest.state == JobState::completed ? RecordKind::completed
                              : newest.state == JobState::dead    ? RecordKind::dead
                                                                  : RecordKind::cancelled);
  next.checkpoints.clear();
  if (newest.state != JobState::completed) next.generation = {};
  next.step_back = {};
  next.by = fitted(by, kWorkerBytesMax);
  if (!outputs_digest.empty()) {
    next.attempt.value += 1;
    next.outputs_digest = outputs_digest;
  }
  return within_bounds(std::move(next));
}

bool supersedes(const Record& later, const std::string& our_attempt_id) {
  return later.attempt_id != our_attempt_id || later.state != JobState::running;
}

}  // namespace holdfast
