// What the checker holds of the time accounts of attempts.
#include <algorithm>

#include "checker.h"
#include "core/ending.h"

namespace holdfast::sim {

void Checker::task_stands_still(const std::string& worker, Duration length) {
  const Run& run = runs_.at(worker);
  AttemptTruth& truth = jobs_.at(run.job).truths[run.attempt];
  truth.still.emplace_back(world_.now(), length);
  truth.snapshots.emplace_back(world_.now(), run.step);
}

void Checker::worker_vanished(const std::string& worker) {
  for (auto& [job, known] : jobs_) {
    if (!known.newest || known.newest->worker != worker) continue;
    AttemptTruth& truth = known.truths[known.newest->attempt.value];
    if (!truth.released) truth.released = world_.now();
  }
}

void Checker::note_durable(const std::string& job, const Record& record) {
  jobs_.at(job).truths[record.attempt.value].durable_step =
      content_of(job, record.checkpoints.front()).step;
}

void Checker::check_account(const std::string& job, const Record& record) {
  Known& known = jobs_.at(job);
  const bool running = known.newest && known.newest->state == JobState::running;
  const bool noted = running && !record.endings.empty() &&
                     record.endings.back().attempt == known.newest->attempt &&
                     (record.state != JobState::running || record.kind == RecordKind::claimed);
  if (noted && record.kind != RecordKind::cancelled) {
    const EndingNote& note = record.endings.back();
    if (record.spent.paid() != known.newest->spent.paid() + note.spent.paid()) {
      fail(job, record, "the time accounts of its attempts do not add up");
    }
    AttemptTruth& truth = known.truths[note.attempt.value];
    if (!truth.released || note.ending != Ending::lost) truth.released = world_.now();
    const auto ended = known.ended.find(note.attempt.value);
    const bool last_saved = ended != known.ended.end() && leaves_a_checkpoint(note.ending) &&
                            committed(job) == ended->second.step;
    const bool all_kept = note.ending == Ending::finished || last_saved;
    // Nobody can tell how long it lived who has another time of day; that a worker lived on while
    // the store was out of its reach, and died then, stands nowhere; and machines do not wait for
    // a call to vanish at. A claim without a program may be one that arrived late.
    const bool told = faults_.unfenced == 0 && !faults_.wrong_clocks && truth.started &&
                      network_.untroubled_since(note.worker, truth.claimed);
    if (told) accountant_.count(truth, note.spent, rate_of(note.worker), note.ending, all_kept);
  }
  if (record.kind == RecordKind::claimed) {
    known.truths[record.attempt.value].claimed = world_.now();
  }
}

}  // namespace holdfast::sim
