// What the checker holds over each record of a log.
#include <algorithm>

#include "base/digest.h"
#include "checker.h"
#include "core/claim.h"
#include "core/ending.h"
#include "core/output_list.h"
#include "core/step_back.h"
#include "core/store_layout.h"

namespace holdfast::sim {

namespace {

constexpr double kFastest = 1.2;  // Of a worker's clock.
const RetryPolicy kPolicy;
const Patience kPatience;

// A patience by the fastest clock, less what a request may take there and back.
Duration at_least(Duration patience) {
  return std::chrono::duration_cast<Duration>(patience / kFastest) - 200ms;
}

}  // namespace

void Checker::fail(const std::string& job, const Record& record, const std::string& what) {
  world_.violate("log of " + job + ", record " + std::to_string(record.number) + ": " + what);
}

void Checker::on_record(const std::string& job, const Record& record, const std::string& writer) {
  world_.note("log of " + job + ": " + std::to_string(record.number) + " " +
              std::string(to_text(record.kind)) + " attempt " +
              std::to_string(record.attempt.value) + " generation " +
              std::to_string(record.generation.value) + " by " + record.worker);
  Known& known = jobs_.at(job);
  if (writer == kCleaner) return on_collected(job, record);
  check_history(job, record);
  if (record.kind == RecordKind::completed) known.result_gone = false;
  if (record.kind == RecordKind::checkpointed) check_checkpoint(job, record);
  if (record.kind == RecordKind::completed) check_completed(job, record);
  if (record.kind == RecordKind::claimed) check_claim(job, record);
  if (record.kind == RecordKind::ended || record.kind == RecordKind::dead) {
    check_ending(job, record);
    check_last_checkpoint(job, record);
    const bool lost =
        record.kind == RecordKind::ended && record.endings.back().ending == Ending::lost;
    if (lost) check_lost(job, writer);
  }
  check_account(job, record);
  if (record.kind == RecordKind::checkpointed) note_durable(job, record);
  count(known, record);
  if (record.kind == RecordKind::dead) check_dead(job, record);
  if (record.kind == RecordKind::dead) known.was_dead = true;
  if (record.kind == RecordKind::asked) {
    known.asked_at[writer] = world_.now();
  } else {
    known.asked_at.clear();
  }
  known.entries[record.number] = to_text(index_entry(*JobId::parse(job), record));
  const bool question = record.kind == RecordKind::asked || record.kind == RecordKind::answered;
  if (!question) {
    known.noted_by = writer;
    known.noted_at = world_.now();
  }
  known.newest = record;
  known.newest_at = world_.now();
  if (record.kind == RecordKind::claimed) known.claimed_at = world_.now();
  if (record.kind == RecordKind::checkpointed) maybe_rot(job);
  if (record.kind == RecordKind::asked && on_asked) on_asked();
}

void Checker::check_history(const std::string& job, const Record& record) {
  const auto& found = jobs_.at(job).newest;
  if (!found) {
    const bool by_person = record.kind == RecordKind::cancelled;
    if (record.number != 1 || !(by_person || record.kind == RecordKind::claimed)) {
      fail(job, record, "a log begins with a claim");
    }
    if (record.attempt.value != (by_person ? 0 : 1)) {
      fail(job, record, "the first attempt is number 1");
    }
    return;
  }
  const Record& before = *found;
  if (record.number != before.number + 1) fail(job, record, "records follow one another");
  const bool redriven = record.kind == RecordKind::redriven && before.state == JobState::dead;
  const bool anew = record.epoch.number != before.epoch.number;
  if (anew) begin_epoch(job, record);
  if (is_forgotten(record)) return check_forgetting(job, record);
  if (is_end(before.state) && !redriven && !anew) {
    fail(job, record, "G2: something follows an end");
  }
  if (record.generation < before.generation && !anew) {
    fail(job, record, "G3: the generation goes down");
  }
  if (record.kind == RecordKind::claimed) {
    if (record.attempt.value != before.attempt.value + 1) {
      fail(job, record, "a claim takes the next number");
    }
    if (!attempt_ids_.insert(record.attempt_id).second)
      fail(job, record, "one claim, two attempts");
  } else {
    // G4: whatever an attempt writes, it writes as the newest one.
    if (record.attempt != before.attempt || record.attempt_id != before.attempt_id) {
      fail(job, record, "G4: an attempt that does not own the job writes");
    }
    const bool by_person = redriven || anew || record.kind == RecordKind::cancelled;
    if (before.state != JobState::running && !by_person) {
      // One that has spent its attempts is set aside by whoever meets it.
      const bool spent = record.kind == RecordKind::dead && record.reason == "no_progress";
      if (!spent) fail(job, record, "only a running job goes on");
    }
  }
  if (redriven) redriven_.insert(job);
}

// What is kept of a job that has ended goes, and nothing else of it changes.
void Checker::on_collected(const std::string& job, const Record& record) {
  Known& known = jobs_.at(job);
  if (!known.newest) return fail(job, record, "a job is cleaned up that nobody has claimed");
  const Record& before = *known.newest;
  const bool removed = record.outputs_digest != before.outputs_digest;
  const bool ended = is_end(before.state) && !is_forgotten(before);
  if (!ended || record.state != before.state || record.number != before.number + 1 ||
      record.epoch.number != before.epoch.number ||
      record.epoch.former_result != before.epoch.former_result || !record.checkpoints.empty() ||
      record.attempt.value != before.attempt.value + (removed ? 1 : 0)) {
    fail(job, record, "it is cleaned up, and is another job after it");
  }
  if (removed) {
    const auto list = bucket_.objects.find(
        StoreLayout(*JobId::parse(job)).attempt_outputs_manifest(record.attempt));
    const bool empty = list != bucket_.objects.end() &&
                       sha256(list->second).hex() == record.outputs_digest &&
                       output_list_from_json(list->second).count == 0;
    if (record.state != JobState::completed || !empty) {
      fail(job, record, "its result is removed, and the log names none");
    }
    world_.mark("result removed by a person");
    known.result_gone = true;
  }
  known.committed_step = known.failed_at = known.last_failed_from = 0;
  known.failed_from.clear();
  known.entries[record.number] = to_text(index_entry(*JobId::parse(job), record));
  known.noted_by = kCleaner;
  known.noted_at = known.newest_at = world_.now();
  known.newest = record;
}

// From whatever state; then nothing follows but the word of whoever ran it that it is gone.
void Checker::check_forgetting(const std::string& job, const Record& record) {
  const Record& before = *jobs_.at(job).newest;
  if (record.attempt != before.attempt)
    fail(job, record, "it is forgotten and has an attempt more");
  const bool let_go = is_forgotten(before);
  if (!let_go) return;
  world_.mark("owner of a forgotten job says that it is gone");
  if (before.worker.empty() || !record.worker.empty()) fail(job, record, "it is forgotten twice");
  for (const auto& [worker, run] : runs_) {
    if (run.job == job && worker == before.worker && lives(worker)) {
      fail(job, record, "its owner says that it is gone, and its task runs");
    }
  }
  if (!faults_.calm) return;
  const StoreLayout layout(*JobId::parse(job));
  for (const auto& [key, bytes] : bucket_.objects) {
    if (key.starts_with(layout.root()) && !key.starts_with(layout.log_prefix())) {
      fail(job, record, "its owner says that it is gone, and left " + key);
    }
  }
}

// All is as with a new job, but that numbers of attempts go on, and that the result stays.
void Checker::begin_epoch(const std::string& job, const Record& record) {
  Known& known = jobs_.at(job);
  const Record& before = *known.newest;
  if (!is_end(before.state) || record.kind != RecordKind::redriven ||
      record.epoch.number != before.epoch.number + 1) {
    fail(job, record, "an epoch begins that nobody has asked for");
  }
  const bool fresh = record.checkpoints.empty() && record.failures_total == 0 &&
                     record.lost_total == 0 && record.endings.empty() &&
                     record.ran_total_seconds == 0;
  if (record.state != JobState::waiting || !fresh) fail(job, record, "it does not start anew");
  if (before.state == JobState::completed && !record.epoch.former_result) {
    fail(job, record, "G2: the result of before is named no more");
  }
  known.first_attempts.push_back(before.attempt.value + 1);
  known.committed_step = known.failed_at = known.last_failed_from = 0;
  known.failures = known.attempts = known.failures_ever = 0;
  known.failed_from.clear();
  known.ran = Duration::zero();
  known.one_message = false;
}

void Checker::check_checkpoint(const std::string& job, const Record& record) {
  const Record& before = *jobs_.at(job).newest;
  if (record.generation.value != before.generation.value + 1) {
    fail(job, record, "generations follow");
  }
  const std::uint64_t step = content_of(job, record.checkpoints.front()).step;
  // An attempt that stepped back goes on from an older one.
  const std::vector<CheckpointRef> order = resume_order(before);
  if (order.empty() || rotted_.contains(id_of(order.front()))) return;
  if (step < content_of(job, order.front()).step) {
    fail(job, record, "G3: the committed progress goes back");
  }
}

// The result may be one that an attempt before had stored, whose worker died of something else.
void Checker::check_completed(const std::string& job, const Record& record) {
  const StoreLayout layout(*JobId::parse(job));
  const auto list = bucket_.objects.find(layout.attempt_outputs_manifest(record.attempt));
  const bool listed =
      list != bucket_.objects.end() && sha256(list->second).hex() == record.outputs_digest;
  bool stored = false;
  bool finished = false;
  const Files result = result_of(programs_.at(job), record.epoch.number);
  for (std::uint64_t number = jobs_.at(job).first_attempts.back(); number <= record.attempt.value;
       ++number) {
    stored = stored || std::all_of(result.begin(), result.end(), [&](const auto& output) {
               const auto object =
                   bucket_.objects.find(layout.attempt_output({number}, output.first));
               return object != bucket_.objects.end() && object->second == output.second;
             });
    const auto ended = jobs_.at(job).ended.find(number);
    finished = finished || (ended != jobs_.at(job).ended.end() &&
                            (!ended->second.asked || ended->second.said_finished) &&
                            ended->second.exited.code == kExitFinished);
  }
  if (!listed || !stored) fail(job, record, "G7: completed before the result is stored");
  if (!finished) fail(job, record, "G7: completed, and its program did not finish");
}

void Checker::check_claim(const std::string& job, const Record& record) {
  const std::uint64_t returns = broker_.returns_of(record.message_id, record.worker);
  if (faults_.delivery_limit && returns > 0 && returns + 1 >= *faults_.delivery_limit) {
    world_.violate("G5: " + record.message_id + ", one return short of the limit, is not renewed");
  }
  const Known& known = jobs_.at(job);
  if (!known.newest || known.newest->kind != RecordKind::ended) return;
  // Nothing but the copy that waits in the queue can bring the job back.
  const EndingNote& last = known.newest->endings.back();
  const bool alone = known.one_message && faults_.calm && faults_.broker_restarts == 0;
  if (!alone || drained(last.worker)) return;
  if (asks_for_later(job, last.attempt)) {
    world_.mark("backoff after 75 or 85 is looked at");
    if (world_.now() - known.newest_at < kPolicy.backoff_first) {
      fail(job, record, "S7: no backoff, though its program asked to be run again at once");
    }
  }
  if (!counts_as_failure(last.ending)) return;
  Duration backoff = kPolicy.backoff_first;
  for (std::uint32_t i = 1; i < known.newest->failures_since_progress; ++i) backoff *= 10;
  backoff = std::min(backoff, kPolicy.backoff_max);
  world_.mark("backoff is looked at");
  if (world_.now() - known.newest_at < backoff) {
    fail(job, record, "S7: no backoff after failure " + std::to_string(known.failures));
  }
}

// It ended with 75, or soon with 85, and nobody had asked it to.
bool Checker::asks_for_later(const std::string& job, AttemptNumber attempt) const {
  const auto& all = jobs_.at(job).ended;
  const auto ended = all.find(attempt.value);
  if (ended == all.end() || ended->second.asked) return false;
  const bool soon = ended->second.ran < at_least(kShortRun);
  const auto code = ended->second.exited.code;
  return code == kExitTryLater || (code == kExitCheckpointed && soon);
}

// What is held against a job must be its own doing.
void Checker::check_ending(const std::string& job, const Record& record) {
  const EndingNote& last = record.endings.back();
  // No more than one checkpoint of a job rots, and others are kept.
  if (last.ending == Ending::unrestorable) {
    return fail(job, record, "G8: it is called unrestorable, and has a whole checkpoint");
  }
  world_.mark("ending " + std::string(to_text(last.ending)));
  const auto& all = jobs_.at(job).ended;
  const auto found = all.find(last.attempt.value);
  const Ended* const ended = found == all.end() ? nullptr : &found->second;
  const auto require = [&](bool holds) {
    if (holds) return;
    fail(job, record,
         "G5: attempt " + std::to_string(last.attempt.value) + " is said to be " +
             std::string(to_text(last.ending)) + ", and was not");
  };
  switch (last.ending) {
    case Ending::failed:
      return require(ended != nullptr && !ended->asked &&
                     (ended->exited.signal || ended->exited.code == 1));
    case Ending::stalled:
      return require(ended != nullptr && ended->hung);
    case Ending::refused:
      return require(ended != nullptr && ended->exited.code == kExitRefused);
    case Ending::timed_out:
      return require(jobs_.at(job).ran > faults_.time_limit * 0.8);
    case Ending::interrupted: {
      // Its result counts, unless the store was away.
      const bool finished = ended != nullptr && ended->said_finished &&
                            ended->exited.code == kExitFinished &&
                            network_.untroubled_since(last.worker, ended->at - 60s);
      if (finished) fail(job, record, "G7: it had said that it was finished, and is to run again");
      return;
    }
    case Ending::out_of_memory:
    case Ending::unrestorable:
      return require(false);
    default:
      break;
  }
  // Machines, lines and people cost no attempt in a calm world.
  if (last.ending == Ending::lost && faults_.calm) {
    world_.violate("G6: a new attempt takes " + job + " from an owner that lives");
  }
}

// Who leaves in order leaves nothing behind that was done.
void Checker::check_last_checkpoint(const std::string& job, const Record& record) {
  const EndingNote& last = record.endings.back();
  const auto& all = jobs_.at(job).ended;
  const auto ended = all.find(last.attempt.value);
  if (!leaves_a_checkpoint(last.ending) || ended == all.end()) return;
  // One that went on from an older checkpoint, because the newest rots, may not have come as far.
  const auto& kept = record.checkpoints;
  if (!kept.empty() && rotted_.contains(id_of(kept.front()))) return;
  constexpr Duration kLately = 60s;  // What was on its way then is stored by now.
  if (!network_.untroubled_since(last.worker, ended->second.at - kLately)) return;
  // It went on from an older one than what rotted, and may have done nothing since.
  const std::vector<CheckpointRef> order = resume_order(*jobs_.at(job).newest);
  if (!order.empty() && rotted_.contains(id_of(order.front()))) return;
  world_.mark("last checkpoint is looked at");
  if (committed(job) != ended->second.step) {
    fail(job, record,
         "G3: the attempt ended at step " + std::to_string(ended->second.step) + ", and step " +
             std::to_string(committed(job)) + " is committed");
  }
}

// Somebody takes the owner for lost. It must have had the time to answer that the docs promise, not
// counting outages; and once it is dead that must not take longer than they say.
void Checker::check_lost(const std::string& job, const std::string& writer) {
  const Known& known = jobs_.at(job);
  const Record& running = *known.newest;
  const auto asked = known.asked_at.find(writer);
  if (asked == known.asked_at.end()) {
    world_.violate("G6: " + writer + " takes " + job + " for lost and has not asked");
    return;
  }
  const SimBroker::Queued* const message = broker_.held_by(writer, known.body);
  // It has had the same message ever since it wrote its claim.
  if (running.worker == writer && message != nullptr && message->delivered_at < known.claimed_at) {
    world_.violate("G6: " + writer + " takes " + job + " from itself");
    return;
  }
  const bool same =
      message != nullptr && message->returns > 0 && message->message_id == running.message_id;
  const TimePoint now = world_.now();
  const Duration waited = now - asked->second - network_.store_away(writer, asked->second, now);
  if (waited < at_least(same ? kPatience.redelivered : kPatience.submitted_twice) &&
      message != nullptr) {
    world_.violate("G6: the owner of " + job + " had no time to answer " + writer);
  }
  const auto dead = gone_.find(running.worker);
  if (dead == gone_.end()) return;
  world_.mark("lost owner is replaced");
  // Nobody else was in the way, and the broker handed the message out after the owner's death.
  constexpr Duration kTakeover = 25s;
  if (!same || dead->second > message->delivered_at) return;
  if (!network_.untroubled_since(writer, message->delivered_at)) return;
  world_.mark("takeover is looked at");
  if (now - message->delivered_at > kTakeover) {
    world_.violate("takeover: " + writer + " needed " +
                   std::to_string((now - message->delivered_at) / 1s) + " s for " + job);
  }
}

void Checker::count(Known& known, const Record& record) {
  if (record.kind == RecordKind::claimed) known.attempts += 1;
  const bool ends = record.kind == RecordKind::ended || record.kind == RecordKind::dead;
  if (ends && counts_as_failure(record.endings.back().ending)) {
    known.failures += 1;
    known.failures_ever += 1;
    const auto ended = known.ended.find(record.attempt.value);
    if (ended != known.ended.end()) {
      known.failed_at = std::max(known.failed_at, ended->second.step);
      known.failed_from.push_back(ended->second.from);
      known.last_failed_from = ended->second.from;
    }
  }
  if (record.kind == RecordKind::checkpointed) known.failed_from.clear();
  const bool progress = record.kind == RecordKind::checkpointed &&
                        contents_.at(id_of(record.checkpoints.front())).step >
                            std::max(known.committed_step, known.failed_at);
  if (progress) known.committed_step = contents_.at(id_of(record.checkpoints.front())).step;
  if (progress || record.kind == RecordKind::redriven) known.failures = known.attempts = 0;
  if (record.kind == RecordKind::redriven) {
    known.failures_ever = 0;
    known.failed_from.clear();
  }
}

// A job that could go on is not set aside.
void Checker::check_dead(const std::string& job, const Record& record) {
  const Known& known = jobs_.at(job);
  const Ending last = record.endings.back().ending;
  if (last == Ending::unrestorable) return;  // As check_ending() said.
  if (last != Ending::stalled) world_.mark("dead " + record.reason);
  const bool failed_enough = counts_as_failure(last) && known.failures >= kPolicy.failures_max;
  const bool lost_enough = record.reason == "no_progress" && known.attempts >= kPolicy.attempts_max;
  const bool at_once = last == Ending::refused || last == Ending::timed_out;
  if (!failed_enough && !lost_enough && !at_once) {
    fail(job, record, "G5: a healthy job is set aside: " + record.reason);
  }
  if (failed_enough && !at_once) check_step_back(job, record);
}

// What failed twice from one checkpoint is not given up before an older one was tried.
void Checker::check_step_back(const std::string& job, const Record& record) {
  const Known& known = jobs_.at(job);
  if (known.failed_from.empty() || record.checkpoints.empty()) return;
  if (known.failures_ever >= kPolicy.failures_max * kFailuresPerProgressMax) return;
  const std::uint64_t last = known.failed_from.back();
  const auto& tried = known.failed_from;
  if (last == 0 || std::count(tried.begin(), tried.end(), last) < 2) return;
  world_.mark("death after failures from a checkpoint is looked at");
  for (const CheckpointRef& ref : record.checkpoints) {
    const std::uint64_t step = content_of(job, ref).step;
    const bool older = step < last && !rotted_.contains(id_of(ref));
    if (older && std::none_of(tried.begin(), tried.end(), [&](auto from) { return from < last; })) {
      return fail(job, record,
                  "G3: it is set aside, and the checkpoint of step " + std::to_string(step) +
                      " was never tried");
    }
  }
}

}  // namespace holdfast::sim
