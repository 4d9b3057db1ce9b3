// How an attempt ends: the log first, then what follows from it, then the message.
#include "base/digest.h"
#include "base/log.h"
#include "core/text.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "worker/session.h"

namespace holdfast {

namespace {

constexpr Duration kPublishTry = std::chrono::seconds(10);
// Between two looks at what else happens.
constexpr Duration kConfirmTry = std::chrono::seconds(1);
constexpr Duration kPause = std::chrono::seconds(3);
constexpr Duration kTailTime = std::chrono::seconds(10);

LogField job_field(const Job& job) {
  return {"job", job.id.text()};
}

}  // namespace

void Session::conclude(const Owned& owned, Supervisor& supervisor, const TaskOutcome& outcome) {
  show(WorkerStage::handing_back);
  ran_seconds_ = whole_seconds(outcome.ran);
  if (outcome.superseded) {
    if (owned.log.newest()->state == JobState::cancelled)
      keep_output_tail(owned, outcome.exit.output_tail);
    return conclude_superseded(owned);
  }
  mean_time_.ended(owned.attempt_id, {ran_seconds_, outcome.asked_to_stop == StopReason::drain});
  const EndedHow how = classify({outcome.exit.code, outcome.exit.signal, outcome.asked_to_stop,
                                 outcome.limit, outcome.exit.oom_kill});
  log(LogLevel::info, "task ended",
      {job_field(owned.job),
       {"attempt", owned.log.newest()->attempt.value},
       {"ending", to_text(how.ending)},
       {"detail", how.detail}});
  keep_output_tail(owned, outcome.exit.output_tail);
  if (how.ending == Ending::finished) {
    conclude_finished(owned, outcome);
    return;
  }
  if (leaves_a_checkpoint(how.ending)) {
    const bool saved =
        supervisor.save_last(workspace_.checkpoint(), ports_.clock.now() + settings_.last_save);
    if (!saved) log(LogLevel::warn, "last checkpoint not stored", {job_field(owned.job)});
  }
  conclude_ended(owned, how);
}

// Not ours any more. A newer attempt runs it: the claim table decides when the message comes again.
void Session::conclude_superseded(const Owned& owned) {
  const Record newest = *owned.log.newest();
  if (!is_end(newest.state)) return settle(Settlement::hand_back);
  if (newest.state == JobState::cancelled) tell_gone(owned);
  finish_ended_job(owned.job, owned.delivery, newest);
}

// Who cancelled the job looks for the end of what it printed, which says that it is gone. It is
// there unless it printed nothing, or did not run yet.
void Session::tell_gone(const Owned& owned) {
  const std::string key = StoreLayout(owned.job.id).attempt_log(owned.log.newest()->attempt);
  try {
    static_cast<void>(ports_.store.create(key, "", ports_.clock.now() + kTailTime));
  } catch (const Error& error) {
    log(LogLevel::warn, "end of a cancelled job not told",
        {job_field(owned.job), {"error", error.what()}});
  }
}

void Session::conclude_finished(const Owned& owned, const TaskOutcome& outcome) {
  show(WorkerStage::storing);
  const AttemptNumber attempt = owned.log.newest()->attempt;
  ports_.tell({owned.job.id.text(), JobNews::Phase::storing, attempt.value, 1.0, {}});
  // An outage turns no success into a failure: the outputs are stored later.
  std::string digest;
  while (digest.empty()) {
    const TransferAnswer answer =
        transfer_as_owner(owned, StoreOutputs{workspace_.output()}, OnDrain::finish);
    if (owned.watch.superseded()) return conclude_superseded(owned);
    if (const auto* stored = std::get_if<OutputsStored>(&answer)) {
      digest = stored->digest;
      break;
    }
    if (const auto* refused = std::get_if<OutputsRefused>(&answer)) {
      conclude_ended(owned, {Ending::failed, refused->why});
      return;
    }
    const auto& failed = std::get<TransferFailed>(answer);
    log(LogLevel::warn, "result not stored", {job_field(owned.job), {"error", failed.what}});
    if (failed.kind == ErrorKind::rejected) mail_.fail(failed.what);
    if (mail_.draining()) {
      conclude_ended(owned,
                     {Ending::interrupted, "its result could not be stored: " + failed.what});
      return;
    }
    pause_as_owner(owned);
  }

  const EndingNote ending = note(owned, {Ending::finished, "finished"});
  const auto appended = mail_.until_answered(
      Mail::Wait::for_a_result,
      [&](TimePoint deadline) {
        return owned.log.append(
            owned.attempt_id,
            [&](const std::optional<Record>& newest) {
              return completed(*newest, digest, outcome.progress, ending);
            },
            deadline);
      },
      [this] { return mail_.draining(); });
  if (!appended) return settle(Settlement::hand_back);
  if (*appended == AppendOutcome::superseded) return conclude_superseded(owned);
  // Whoever meets the job next goes on from here.
  if (!verified_completed(owned)) return settle(Settlement::hand_back);
  fitness_.ended(owned.job.id, *owned.log.newest());
  finish_ended_job(owned.job, owned.delivery, *owned.log.newest());
}

// A store whose create-if-absent is not atomic shows itself here, before anybody acts on it.
bool Session::verified_completed(const Owned& owned) {
  const std::string ours = to_json(*owned.log.newest());
  const auto read = mail_.until_answered(
      Mail::Wait::for_a_result, [&](TimePoint deadline) { return owned.log.read(deadline); },
      [this] { return mail_.draining(); });
  if (!read) return false;
  if (*read && to_json(**read) == ours) return true;
  mail_.fail("the store told two workers that each created the same log record of job " +
             owned.job.id.text() + "; run `holdfast doctor`");
  return false;
}

void Session::conclude_ended(const Owned& owned, const EndedHow& how) {
  Consequence consequence;
  const EndingNote ending = note(owned, how);
  const auto appended = mail_.until_answered(
      Mail::Wait::bounded,
      [&](TimePoint deadline) {
        return owned.log.append(
            owned.attempt_id,
            [&](const std::optional<Record>& newest) {
              // A checkpoint whose answer was lost may have landed, and wiped out failures.
              consequence = consequence_of(how.ending, *newest, settings_.retry);
              return consequence.state == JobState::dead ? dead(*newest, consequence.reason, ending)
                                                         : handed_back(*newest, ending);
            },
            deadline);
      },
      [this] { return mail_.draining(); });
  if (!appended) return settle(Settlement::hand_back);
  if (*appended == AppendOutcome::superseded) return conclude_superseded(owned);
  fitness_.ended(owned.job.id, *owned.log.newest());
  if (consequence.state == JobState::dead) {
    finish_ended_job(owned.job, owned.delivery, *owned.log.newest());
    return;
  }
  ports_.tell({owned.job.id.text(), JobNews::Phase::waiting, owned.log.newest()->attempt.value,
               owned.log.newest()->progress.fraction, how.detail});
  if (consequence.backoff == Duration::zero()) {
    settle(Settlement::hand_back);
    return;
  }
  // A copy waits out the backoff in the queue, so that no slot does.
  replace_by_copy(owned.delivery, Destination::retry, consequence.backoff);
}

void Session::keep_output_tail(const Owned& owned, const std::string& tail) {
  if (tail.empty()) return;
  const std::string key = StoreLayout(owned.job.id).attempt_log(owned.log.newest()->attempt);
  try {
    ports_.store.put(key, tail, sha256(tail), ports_.clock.now() + kTailTime);
  } catch (const Error& error) {
    log(LogLevel::warn, "end of the output not stored",
        {job_field(owned.job), {"error", error.what()}});
  }
}

void Session::finish_ended_job(const Job& job, const Delivery& delivery, const Record& newest) {
  if (newest.state == JobState::dead) {
    const EndingNote& last = newest.endings.back();
    log(LogLevel::warn, "job set aside",
        {job_field(job), {"reason", newest.reason}, {"error", last.detail}});
    set_aside(delivery, job.id.text(),
              {{"holdfast-reason", newest.reason},
               {"holdfast-error", last.detail},
               {"holdfast-worker", last.worker},
               {"holdfast-attempts", std::to_string(newest.attempt.value)},
               {"holdfast-when", newest.when}});
    ports_.tell({job.id.text(),
                 JobNews::Phase::dead,
                 newest.attempt.value,
                 {},
                 newest.reason + ": " + last.detail});
    return;
  }
  if (newest.state == JobState::cancelled) {
    log(LogLevel::info, "job cancelled", {job_field(job), {"by", newest.by}});
    ports_.tell({job.id.text(), JobNews::Phase::cancelled, newest.attempt.value, {}, newest.by});
  }
  if (newest.state == JobState::completed) {
    for (;;) {  // Ends when published or drained; whoever meets the job next publishes it then.
      const TransferAnswer answer =
          transfer(PublishOutputs{job.id, newest.attempt, newest.outputs_digest});
      if (std::holds_alternative<OutputsPublished>(answer)) break;
      if (std::holds_alternative<TransferStopped>(answer)) return settle(Settlement::hand_back);
      const auto& failed = std::get<TransferFailed>(answer);
      log(LogLevel::warn, "result not published", {job_field(job), {"error", failed.what}});
      if (failed.kind != ErrorKind::unavailable) throw Error(failed.kind, failed.what);
      const TimePoint again = ports_.clock.now() + kPause;
      while (ports_.clock.now() < again && !mail_.draining()) static_cast<void>(mail_.next(again));
      if (mail_.draining()) return settle(Settlement::hand_back);
    }
    log(LogLevel::info, "job completed",
        {job_field(job), {"attempt", newest.attempt.value}, {"worker", settings_.worker}});
    summary_.completed += 1;
    ports_.tell({job.id.text(), JobNews::Phase::completed, newest.attempt.value, 1.0, {}});
  }
  settle(Settlement::complete);
}

void Session::set_aside(const Delivery& delivery, const std::string& message_id,
                        const std::vector<std::pair<std::string, std::string>>& why) {
  Message letter;
  letter.destination = Destination::dead;
  letter.body = delivery.body;
  letter.message_id = message_id;
  letter.headers = why;
  // Without the connection that brought it, the message comes again, and so does this.
  const bool published = mail_.holding() && publish(letter);
  if (published) summary_.dead += 1;
  settle(published ? Settlement::complete : Settlement::hand_back);
}

void Session::replace_by_copy(const Delivery& delivery, Destination destination, Duration delay) {
  Message copy;
  copy.destination = destination;
  copy.delay = std::chrono::duration_cast<std::chrono::seconds>(delay);
  copy.body = delivery.body;
  copy.message_id = id_of_copy(delivery.message_id, ports_.new_attempt_id());
  const bool published = mail_.holding() && publish(copy);
  settle(published ? Settlement::complete : Settlement::hand_back);
}

bool Session::publish(const Message& message) {
  const TimePoint until = ports_.clock.now() + settings_.away_max;
  bool sent = false;
  for (;;) {  // Ends when the queue confirms, the message is not ours any more, or the worker ends.
    Duration pause{0};
    try {
      if (!sent) ports_.publisher.send(message, ports_.clock.now() + kPublishTry);
      sent = true;
      static_cast<void>(ports_.publisher.take_confirmed(ports_.clock.now() + kConfirmTry));
      if (ports_.publisher.unconfirmed() == 0) return true;
    } catch (const Error& error) {
      log(LogLevel::warn, "message not published", {{"error", error.what()}});
      if (!error.may_work_later()) {
        mail_.fail(error.what());
        return false;
      }
      pause = kPause;
    }
    static_cast<void>(mail_.next(ports_.clock.now() + pause));
    if (ports_.clock.now() >= until && !mail_.ending()) {
      mail_.fail("the queue has confirmed nothing for too long (--give-up-after)");
    }
    if (mail_.ending() || !mail_.holding()) return false;
  }
}

void Session::settle(Settlement settlement) {
  if (settlement == Settlement::hand_back) summary_.handed_back += 1;
  ports_.queue.settle(mail_.tag(), settlement);
}

EndingNote Session::note(const Owned& owned, const EndedHow& how) const {
  return {owned.log.newest()->attempt,  how.ending,  settings_.worker, how.detail,
          to_text(ports_.clock.wall()), ran_seconds_};
}

}  // namespace holdfast
