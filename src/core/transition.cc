#include "core/transition.h"

#include <algorithm>

#include "base/check.h"

namespace holdfast {

namespace {

Record after(const Record& newest, RecordKind kind) {
  Record next = newest;
  next.kind = kind;
  next.asker.clear();
  if (kind != RecordKind::asked) next.signs_of_life += 1;
  next.job.clear();
  return next;
}

void note_ending(Record& record, const EndingNote& note) {
  record.endings.push_back(note);
  record.endings.back().detail.resize(std::min(note.detail.size(), kDetailBytesMax));
  if (record.endings.size() > kEndingsKept) record.endings.erase(record.endings.begin());
}

}  // namespace

Record claimed(const std::optional<Record>& newest, const Claimant& claimant) {
  Record next = newest ? after(*newest, RecordKind::claimed) : Record{};
  if (!newest) next.signs_of_life = 1;
  if (newest && newest->state == JobState::running) {
    note_ending(next, {newest->attempt, Ending::lost, newest->worker,
                       "its worker vanished or did not answer", newest->when});
  }
  next.kind = RecordKind::claimed;
  next.state = JobState::running;
  next.attempt.value += 1;
  next.attempts_since_progress += 1;
  next.attempt_id = claimant.attempt_id;
  next.worker = claimant.worker;
  next.message_id = claimant.message_id;
  return next;
}

Record asked(const Record& newest, const std::string& asker) {
  Record next = after(newest, RecordKind::asked);
  next.asker = asker;
  return next;
}

Record answered(const Record& newest) { return after(newest, RecordKind::answered); }

Record checkpointed(const Record& newest, const CheckpointRef& checkpoint,
                    const Progress& progress, std::size_t retained) {
  check(newest.state == JobState::running, "only a running job makes checkpoints");
  check(checkpoint.generation > newest.generation, "the generation only grows");
  Record next = after(newest, RecordKind::checkpointed);
  next.generation = checkpoint.generation;
  next.checkpoints.insert(next.checkpoints.begin(), checkpoint);
  if (next.checkpoints.size() > retained) next.checkpoints.resize(retained);
  next.failures_since_progress = 0;
  next.attempts_since_progress = 0;
  next.progress = progress;
  return next;
}

Record handed_back(const Record& newest, const EndingNote& note) {
  Record next = after(newest, RecordKind::ended);
  next.state = JobState::waiting;
  if (note.ending == Ending::failed) next.failures_since_progress += 1;
  note_ending(next, note);
  return next;
}

Record completed(const Record& newest, const std::string& outputs_digest,
                 const Progress& progress, const EndingNote& note) {
  Record next = after(newest, RecordKind::completed);
  next.state = JobState::completed;
  next.outputs_digest = outputs_digest;
  next.progress = progress;
  note_ending(next, note);
  return next;
}

Record dead(const Record& newest, const std::string& reason, const EndingNote& note) {
  Record next = after(newest, RecordKind::dead);
  next.state = JobState::dead;
  next.reason = reason;
  if (note.ending == Ending::failed) next.failures_since_progress += 1;
  note_ending(next, note);
  return next;
}

bool supersedes(const Record& later, const std::string& our_attempt_id) {
  return later.attempt_id != our_attempt_id || later.state != JobState::running;
}

}  // namespace holdfast
