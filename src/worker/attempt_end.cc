// How an attempt ends: what its program did, into the log, the store and the queue.
#include <algorithm>

#include "base/log.h"
#include "base/wall_time.h"
#include "checkpoint/exclusions.h"
#include "core/last_line.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "worker/attempt.h"
#include "worker/log_throttle.h"
#include "worker/output_in_checkpoint.h"

namespace holdfast {

namespace {

constexpr Duration kLeftoverTime = std::chrono::seconds(5);

LogField job_field(const Job& job) {
  return {"job", job.id.text()};
}

}  // namespace

// The job names its program, and it is not here. It is the job's fault if the list was made for
// this command, or another job's program was here; one such job must not end one worker after the
// other.
void Attempt::conclude_without_program(const std::string& what) {
  if (!settings_.judge_node || tools_.command_fit.has_started_program()) {
    return conclude_ended({Ending::failed, what});
  }
  conclude_ended({Ending::interrupted, what, /*later=*/true});
  const std::string cure = "Start this one where the programs are that jobs name";
  if (tools_.command_fit.doubt(job_.id, what, cure)) events_.fail(tools_.command_fit.wrong());
}

void Attempt::conclude(Supervisor& supervisor, const TaskOutcome& outcome) {
  show(WorkerStage::handing_back);
  ran_seconds_ = whole_seconds(outcome.ran);
  ports_.task_log.end(false);
  if (outcome.superseded) return conclude_superseded();
  tools_.mean_time.ended(id_, {ran_seconds_, outcome.asked_to_stop == StopReason::drain});
  EndedHow how = classify({outcome.exit.code, outcome.exit.signal, outcome.asked_to_stop,
                           outcome.limit, outcome.exit.oom_kill, outcome.said_finished, outcome.ran,
                           outcome.exit.guard_lost, outcome.exit.note});
  if (counts_as_failure(how.ending) || how.ending == Ending::refused) {
    how.detail = with_last_line(how.detail, outcome.exit.code, outcome.exit.output_tail);
  }
  log(LogLevel::info, "task ended",
      {job_field(job_),
       {"attempt", number().value},
       {"ending", to_text(how.ending)},
       {"detail", how.detail}});
  if (how.ending == Ending::finished) return conclude_finished(supervisor, outcome);
  if (leaves_a_checkpoint(how.ending)) {
    remove_excluded(tools_.workspace.checkpoint(), settings_.excluded);
    put_output_in(tools_.workspace.checkpoint(), tools_.workspace.output());
    last_saved_ =
        supervisor.save_last(tools_.workspace.checkpoint(), how.ending == Ending::checkpointed,
                             ports_.clock.now() + settings_.last_save);
    if (!last_saved_) {
      log(LogLevel::warn, "last checkpoint not stored", {job_field(job_)});
      warn("last checkpoint not stored");
    }
  }
  // However short attempts are, no more checkpoints are kept than should be. Before the message is
  // settled: one that comes back meanwhile is adopted, and nobody would settle it after that.
  supervisor.remove_leftovers(ports_.clock.now() + kLeftoverTime);
  conclude_ended(how, outcome.progress);
}

// Not ours any more. A newer attempt runs it: the claim table decides when the message comes again.
void Attempt::conclude_superseded() {
  const Record newest = *log_.newest();
  if (!is_end(newest.state)) return tools_.settler.settle(Settlement::hand_back);
  if (newest.state == JobState::cancelled) tell_gone();
  tools_.finisher.finish(job_, delivery_, newest);
}

void Attempt::conclude_finished(Supervisor& supervisor, const TaskOutcome& outcome) {
  show(WorkerStage::storing);
  ports_.tell({job_.id.text(), JobNews::Phase::storing, number().value, 1.0, {}});
  // The result may need the room that its snapshots take.
  supervisor.remove_leftovers(ports_.clock.now() + kLeftoverTime);
  if (const auto result = store_result()) {
    complete(*result, outcome.progress, note({Ending::finished, "finished"}),
             warning_of(outcome.exit, *result));
  }
}

// nullopt: the attempt has ended otherwise, and its delivery is settled.
std::optional<StoredResult> Attempt::store_result() {
  const StoreOutputs command{this_attempt(), tools_.workspace.output(), named_results_,
                             provenance()};
  // An outage turns no success into a failure: the outputs are stored later.
  // Nor does access that is refused for a while.
  LogThrottle told;
  for (;;) {  // Ends when they are stored, can never be, or are not ours to store any more.
    const TransferAnswer answer = transfer(command, OnDrain::finish);
    if (watch_.superseded()) {
      conclude_superseded();
      return std::nullopt;
    }
    if (const auto* stored = std::get_if<OutputsStored>(&answer)) {
      tell_odd(stored->result.odd);
      return stored->result;
    }
    if (const auto* refused = std::get_if<OutputsRefused>(&answer)) {
      conclude_ended({Ending::failed, refused->why});
      return std::nullopt;
    }
    const auto& failed = std::get<TransferFailed>(answer);
    const bool due = told.due(ports_.clock.now(), failed.kind);
    log(level_of_failure(failed.kind, due), "result not stored",
        {job_field(job_), {"error", failed.what}});
    const bool again = worth_waiting(failed.kind);
    if (due) warn("result not stored: " + failed.what + (again ? "; trying again" : ""));
    if (!again) events_.fail(failed.what);
    if (events_.draining()) {
      conclude_ended({Ending::interrupted, "its result could not be stored: " + failed.what});
      return std::nullopt;
    }
    pause();
  }
}

Provenance Attempt::provenance() const {
  return {command_, settings_.version, settings_.worker,
          number(), started_,          to_text(ports_.clock.wall())};
}

void Attempt::tell_odd(const OddOutputs& odd) const {
  const auto tell = [this](const std::string& what, const std::vector<std::string>& paths) {
    constexpr std::size_t kNamed = 5;
    if (paths.empty()) return;
    std::string names;
    for (std::size_t i = 0; i < std::min(paths.size(), kNamed); ++i) {
      names += (i == 0 ? "" : ", ") + paths[i];
    }
    if (paths.size() > kNamed) names += " and " + std::to_string(paths.size() - kNamed) + " more";
    log(LogLevel::warn, what, {job_field(job_), {"names", names}});
    warn(what + ": " + names);
  };
  tell("links that lead nowhere or back are listed in the result but not published", odd.links);
  tell("no file matches what --results names", odd.unmatched);
  tell("sockets, pipes or devices are left out of the result", odd.no_files);
}

void Attempt::warn(const std::string& what) const {
  ports_.tell({job_.id.text(), JobNews::Phase::warned, number().value, {}, what});
}

void Attempt::complete(const StoredResult& result, const Progress& progress,
                       const EndingNote& ending, const std::string& warning) {
  await_log();
  // Without any output, a checkpoint is all that there is of what it computed.
  const std::size_t kept =
      result.count > 0 ? settings_.checkpoints_kept_when_completed : settings_.checkpoints_kept;
  const auto step = [&](const std::optional<Record>& newest) {
    return completed(*newest, result.digest, progress, ending, kept);
  };
  if (!append_end(StoreCalls::Wait::for_a_result, step)) return;
  // The next worker that gets the job continues from here.
  if (!verified_completed()) return tools_.settler.settle(Settlement::hand_back);
  tools_.fitness.ended(job_.id, *log_.newest());
  tools_.finisher.finish(job_, delivery_, *log_.newest(), warning);
}

// What a person would not expect of a job that is completed; empty if there is nothing.
std::string Attempt::warning_of(const TaskExited& exit, const StoredResult& result) const {
  if (result.count > 0) return {};
  std::error_code unreadable;
  if (!std::filesystem::is_empty(tools_.workspace.output(), unreadable) || unreadable) return {};
  std::string text = "nothing was left in HOLDFAST_OUTPUT_DIR";
  if (!settings_.results.empty()) text += ", and nothing matches --results";
  text += ", so there is no result";
  if (exit.left_running > 0) {
    text += "; " + std::to_string(exit.left_running) +
            (exit.left_running == 1 ? " process" : " processes") +
            " that it had started in the background still ran and had to be ended: a program must "
            "stay in the foreground until its work is done";
  }
  return text;
}

// A store whose create-if-absent is not atomic shows itself here, before anybody acts on it.
bool Attempt::verified_completed() {
  const std::string ours = to_json(*log_.newest());
  const std::uint64_t number = log_.newest()->number;
  const auto read = tools_.store_calls.until_answered(
      StoreCalls::Wait::for_a_result, [&](TimePoint deadline) { return log_.read(deadline); },
      [this] { return events_.draining(); });
  if (!read) return false;
  if (*read && to_json(**read) == ours) return true;
  // A person has let it run again, or has forgotten it: the next delivery tells.
  if (*read && (*read)->number > number) return false;
  events_.fail("the store told two workers that each created the same log record of job " +
               job_.id.text() + "; run `holdfast doctor`");
  return false;
}

void Attempt::conclude_ended(const EndedHow& how, const Progress& progress,
                             const std::string& dead_reason) {
  await_log();
  Consequence consequence;
  const EndingNote ending = note(how);
  const auto step = [&](const std::optional<Record>& newest) {
    // A checkpoint whose answer was lost may have landed, and wiped out failures.
    const Record before = reported(*newest, progress);
    Record after = handed_back(before, ending, how.later);
    consequence = consequence_of(how.ending, before, after, settings_.retry);
    if (!dead_reason.empty()) consequence.reason = dead_reason;
    return consequence.state == JobState::dead ? dead(before, consequence.reason, ending) : after;
  };
  if (!append_end(StoreCalls::Wait::bounded, step)) return;
  tools_.fitness.ended(job_.id, *log_.newest());
  if (consequence.state == JobState::dead) {
    return tools_.finisher.finish(job_, delivery_, *log_.newest());
  }
  const Generation from = log_.newest()->step_back.resume_from;
  if (from.value > 0 && counts_as_failure(how.ending)) {
    log(LogLevel::warn, "the next attempt resumes from an older checkpoint",
        {job_field(job_), {"generation", from.value}});
  }
  ports_.tell({job_.id.text(), JobNews::Phase::waiting, number().value,
               log_.newest()->progress.fraction, how.detail});
  if (consequence.backoff == Duration::zero()) {
    return tools_.settler.settle(Settlement::hand_back);
  }
  // A copy waits out the backoff in the queue, so that no slot does.
  tools_.settler.replace_by_copy(delivery_, Destination::retry, consequence.backoff);
}

bool Attempt::append_end(StoreCalls::Wait wait, const JobLog::Step& step) {
  const auto appended = tools_.store_calls.until_answered(
      wait, [&](TimePoint deadline) { return log_.append_as_owner(id_, step, deadline); },
      [this] { return events_.draining(); });
  if (!appended) tools_.settler.settle(Settlement::hand_back);
  if (appended == AppendOutcome::superseded) conclude_superseded();
  return appended == AppendOutcome::appended;
}

EndingNote Attempt::note(const EndedHow& how) const {
  const bool all_kept = how.ending == Ending::finished || last_saved_;
  return {number(),
          how.ending,
          settings_.worker,
          how.detail,
          to_text(ports_.clock.wall()),
          ran_seconds_,
          resumed_from_ ? resumed_from_->generation : Generation{},
          time_sheet_.total(ports_.clock.now(), how.ending, all_kept)};
}

}  // namespace holdfast
