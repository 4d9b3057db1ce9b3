#include "worker/session.h"

#include <algorithm>

#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "core/arguments.h"
#include "core/text.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "worker/claimer.h"

namespace holdfast {

namespace {

constexpr Duration kIdleWake = std::chrono::hours(1);
constexpr Duration kPublishTry = std::chrono::seconds(10);
constexpr Duration kPause = std::chrono::seconds(3);
constexpr Duration kTailTime = std::chrono::seconds(10);

// Rounded up: zero would mean never.
std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

LogField job_field(const Job& job) {
  return {"job", job.id.text()};
}

}  // namespace

Session::Session(const WorkerPorts& ports, const WorkerSettings& settings)
    : ports_(ports),
      settings_(settings),
      mail_(ports.clock, ports.inbox, ports.board),
      workspace_(settings.work_directory) {}

SessionSummary Session::run() {
  ports_.queue.want_one();
  while (!mail_.ending()) {
    const auto event = mail_.next(ports_.clock.now() + kIdleWake);
    if (!event) continue;
    if (std::holds_alternative<QueueEmpty>(*event) && settings_.until_empty) break;
    const auto* delivery = std::get_if<Delivery>(&*event);
    if (delivery == nullptr) continue;
    show(WorkerStage::claiming);
    handle(*delivery);
    show_idle();
    if (!mail_.ending()) ports_.queue.want_one();
  }
  ports_.board.session_due.set(TimePoint::max());
  summary_.failure = mail_.failure();
  return summary_;
}

void Session::show_idle() {
  show(WorkerStage::idle);
  ran_seconds_ = 0;
  ports_.board.durable_until.set(TimePoint::max());
  ports_.board.attempt.set(0);
  ports_.board.jobs_completed.set(summary_.completed);
  ports_.board.jobs_dead.set(summary_.dead);
  ports_.board.jobs_handed_back.set(summary_.handed_back);
}

void Session::handle(const Delivery& delivery) {
  mail_.hold();
  const auto parsed = parse_job(delivery.body);
  if (const auto* bad = std::get_if<BadJob>(&parsed)) {
    log(LogLevel::warn, "message set aside", {{"reason", "bad_message"}, {"error", bad->reason}});
    set_aside(delivery, delivery.message_id,
              {{"holdfast-reason", "bad_message"}, {"holdfast-error", bad->reason}});
    ports_.tell({delivery.message_id, JobNews::Phase::dead, 0, {}, bad->reason});
    return;
  }
  if (renewal_due(delivery.returns, settings_.delivery_limit)) {
    renew(delivery);
    return;
  }
  handle_job(std::get<Job>(parsed), delivery);
}

// Nobody runs the job yet, so a copy harms nobody: it comes when its turn comes.
void Session::renew(const Delivery& delivery) {
  log(LogLevel::info, "message renewed",
      {{"message_id", delivery.message_id}, {"returns", delivery.returns}});
  Message copy;
  copy.body = delivery.body;
  copy.message_id = delivery.message_id;
  settle(delivery, publish(copy) ? Settlement::complete : Settlement::hand_back);
}

void Session::handle_job(const Job& job, const Delivery& delivery) {
  JobLog job_log(ports_.store, ports_.clock, job.id);
  const std::string attempt_id = ports_.new_attempt_id();
  Watch watch(ports_.clock, settings_, mail_, job_log, attempt_id);
  const Owned owned{job, delivery, attempt_id, job_log, watch};
  try {
    // Before the claim: a full disk shall cost the job no attempt.
    workspace_.prepare();
    replace_file(workspace_.job_file(), job.body);
    Claimer claimer(ports_, settings_, mail_);
    switch (claimer.claim(job, delivery, owned.attempt_id, job_log)) {
      case ClaimOutcome::abandoned:
        settle(delivery, Settlement::hand_back);
        return;
      case ClaimOutcome::ended:
        finish_ended_job(job, delivery, *job_log.newest());
        return;
      case ClaimOutcome::claimed:
        watch.looked();
        break;
    }
    log(LogLevel::info, "job claimed",
        {job_field(job),
         {"attempt", job_log.newest()->attempt.value},
         {"worker", settings_.worker},
         {"generation", job_log.newest()->generation.value}});
    ports_.tell({job.id.text(), JobNews::Phase::claimed, job_log.newest()->attempt.value, {}, {}});
    run_attempt(owned);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::corrupt) return set_aside_damaged(job, delivery, error.what());
    // The store refuses: this worker cannot tell what is true of the job.
    log(LogLevel::error, "job left alone", {job_field(job), {"error", error.what()}});
    settle(delivery, Settlement::hand_back);
    mail_.fail(error.what());
  }
}

// What the store holds of this job cannot be read. Others are not worse off: on to the next one.
void Session::set_aside_damaged(const Job& job, const Delivery& delivery, const std::string& what) {
  log(LogLevel::error, "job set aside", {job_field(job), {"reason", "damaged"}, {"error", what}});
  set_aside(delivery, job.id.text(),
            {{"holdfast-reason", "damaged"},
             {"holdfast-error", fitted(what, kDetailBytesMax)},
             {"holdfast-worker", settings_.worker}});
  ports_.tell({job.id.text(), JobNews::Phase::dead, 0, {}, "damaged: " + what});
}

void Session::run_attempt(const Owned& owned) {
  FilledArguments filled = fill_arguments(settings_.command, owned.job.fields);
  if (!filled.problem.empty()) {
    conclude_ended(owned, {Ending::refused, filled.problem});
    return;
  }
  bool resumed = false;
  if (!restore(owned, resumed)) return;

  Supervisor supervisor(ports_, settings_, mail_, owned.log, owned.watch, owned.attempt_id,
                        owned.job.id.text());
  TaskOutcome outcome;
  show(WorkerStage::running);
  try {
    outcome = supervisor.run(task_spec(owned, resumed, std::move(filled.arguments)),
                             workspace_.snapshots());
  } catch (const Error& error) {
    // The program is not there or cannot be run: no job can succeed on this worker.
    conclude_ended(owned, {Ending::interrupted, error.what()});
    mail_.fail(error.what());
    return;
  }
  conclude(owned, supervisor, outcome);
}

bool Session::restore(const Owned& owned, bool& resumed) {
  show(WorkerStage::restoring);
  const Record newest = *owned.log.newest();  // A copy: the watch may see others meanwhile.
  ports_.board.attempt.set(newest.attempt.value);
  const Restore command{owned.job.id, newest.attempt, newest.checkpoints,
                        settings_.foreign_checkpoint, workspace_.checkpoint()};
  for (;;) {  // Ends when the store answers or the worker is drained.
    const TransferAnswer answer = transfer_as_owner(owned, command, OnDrain::give_up);
    if (owned.watch.superseded()) {
      settle(owned.delivery, Settlement::hand_back);
      return false;
    }
    if (std::holds_alternative<TransferStopped>(answer)) {
      conclude_ended(owned, {Ending::interrupted, "drained while its checkpoint was restored"});
      return false;
    }
    if (const auto* restored = std::get_if<Restored>(&answer)) {
      resumed = restored->resumed;
      if (resumed) {
        log(LogLevel::info, "checkpoint restored",
            {job_field(owned.job),
             {"attempt", newest.attempt.value},
             {"generation", restored->checkpoint ? restored->checkpoint->generation.value : 0}});
      }
      return true;
    }
    const auto& failed = std::get<TransferFailed>(answer);
    log(LogLevel::warn, "checkpoint not restored", {job_field(owned.job), {"error", failed.what}});
    if (failed.kind == ErrorKind::corrupt) {
      // Never from zero: a person decides (G8).
      conclude_ended(owned, {Ending::unrestorable, failed.what});
      return false;
    }
    if (failed.kind == ErrorKind::rejected) mail_.fail(failed.what);
    if (mail_.ending()) {
      conclude_ended(owned, {Ending::interrupted, "its checkpoint could not be read in time"});
      return false;
    }
    pause_as_owner(owned);
  }
}

TaskSpec Session::task_spec(const Owned& owned, bool resumed,
                            std::vector<std::string> arguments) const {
  TaskSpec spec;
  spec.label = owned.job.id.text();
  spec.arguments = std::move(arguments);
  spec.working_directory = workspace_.checkpoint();
  spec.checkpoint_directory = workspace_.checkpoint();
  spec.socket = workspace_.socket();
  spec.environment = {
      {"HOLDFAST_JOB_ID", owned.job.id.text()},
      {"HOLDFAST_JOB_FILE", workspace_.job_file().string()},
      {"HOLDFAST_ATTEMPT", std::to_string(owned.log.newest()->attempt.value)},
      {"HOLDFAST_CHECKPOINT_DIR", workspace_.checkpoint().string()},
      {"HOLDFAST_RESUMED", resumed ? "1" : "0"},
      {"HOLDFAST_OUTPUT_DIR", workspace_.output().string()},
      {"HOLDFAST_STOP_GRACE", seconds_text(settings_.grace)},
  };
  if (settings_.checkpoint_every > Duration::zero()) {
    spec.environment["HOLDFAST_CHECKPOINT_INTERVAL"] = seconds_text(settings_.checkpoint_every);
  }
  return spec;
}

void Session::conclude(const Owned& owned, Supervisor& supervisor, const TaskOutcome& outcome) {
  show(WorkerStage::handing_back);
  ran_seconds_ = whole_seconds(outcome.ran);
  if (outcome.superseded) {
    // Not ours any more: the claim table decides when the message comes again.
    settle(owned.delivery, Settlement::hand_back);
    return;
  }
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

void Session::conclude_finished(const Owned& owned, const TaskOutcome& outcome) {
  show(WorkerStage::storing);
  const AttemptNumber attempt = owned.log.newest()->attempt;
  ports_.tell({owned.job.id.text(), JobNews::Phase::storing, attempt.value, 1.0, {}});
  // An outage turns no success into a failure: the outputs are stored later.
  std::string digest;
  while (digest.empty()) {
    const TransferAnswer answer =
        transfer_as_owner(owned, StoreOutputs{workspace_.output()}, OnDrain::finish);
    if (owned.watch.superseded()) return settle(owned.delivery, Settlement::hand_back);
    if (const auto* stored = std::get_if<OutputsStored>(&answer)) {
      digest = stored->digest;
      break;
    }
    const auto& failed = std::get<TransferFailed>(answer);
    log(LogLevel::warn, "result not stored", {job_field(owned.job), {"error", failed.what}});
    if (failed.kind == ErrorKind::corrupt) {
      conclude_ended(owned, {Ending::failed, failed.what});
      return;
    }
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
      [&](TimePoint deadline) {
        return owned.log.append(
            owned.attempt_id,
            [&](const std::optional<Record>& newest) {
              return completed(*newest, digest, outcome.progress, ending);
            },
            deadline);
      },
      [this] { return mail_.draining(); });
  if (!appended || *appended == AppendOutcome::superseded) {
    settle(owned.delivery, Settlement::hand_back);
    return;
  }
  // Whoever meets the job next goes on from here.
  if (!verified_completed(owned)) return settle(owned.delivery, Settlement::hand_back);
  finish_ended_job(owned.job, owned.delivery, *owned.log.newest());
}

// A store whose create-if-absent is not atomic shows itself here, before anybody acts on it.
bool Session::verified_completed(const Owned& owned) {
  const std::string ours = to_json(*owned.log.newest());
  const auto read =
      mail_.until_answered([&](TimePoint deadline) { return owned.log.read(deadline); },
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
  if (!appended || *appended == AppendOutcome::superseded) {
    settle(owned.delivery, Settlement::hand_back);
    return;
  }
  if (consequence.state == JobState::dead) {
    finish_ended_job(owned.job, owned.delivery, *owned.log.newest());
    return;
  }
  ports_.tell({owned.job.id.text(), JobNews::Phase::waiting, owned.log.newest()->attempt.value,
               owned.log.newest()->progress.fraction, how.detail});
  if (consequence.backoff == Duration::zero()) {
    settle(owned.delivery, Settlement::hand_back);
    return;
  }
  // A copy waits out the backoff in the queue, so that no slot does.
  Message copy;
  copy.destination = Destination::retry;
  copy.delay = std::chrono::duration_cast<std::chrono::seconds>(consequence.backoff);
  copy.body = owned.delivery.body;
  copy.message_id = owned.delivery.message_id;
  const bool published = mail_.holding() && publish(copy);
  settle(owned.delivery, published ? Settlement::complete : Settlement::hand_back);
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
  if (newest.state == JobState::completed) {
    for (;;) {  // Ends when published or drained; whoever meets the job next publishes it then.
      const TransferAnswer answer =
          transfer({PublishOutputs{job.id, newest.attempt, newest.outputs_digest}, {}});
      if (std::holds_alternative<OutputsPublished>(answer)) break;
      const auto& failed = std::get<TransferFailed>(answer);
      log(LogLevel::warn, "result not published", {job_field(job), {"error", failed.what}});
      if (failed.kind != ErrorKind::unavailable) throw Error(failed.kind, failed.what);
      const TimePoint again = ports_.clock.now() + kPause;
      while (ports_.clock.now() < again && !mail_.draining()) static_cast<void>(mail_.next(again));
      if (mail_.draining()) return settle(delivery, Settlement::hand_back);
    }
    log(LogLevel::info, "job completed",
        {job_field(job), {"attempt", newest.attempt.value}, {"worker", settings_.worker}});
    summary_.completed += 1;
    ports_.tell({job.id.text(), JobNews::Phase::completed, newest.attempt.value, 1.0, {}});
  }
  settle(delivery, Settlement::complete);
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
  settle(delivery, published ? Settlement::complete : Settlement::hand_back);
}

bool Session::publish(const Message& message) {
  bool sent = false;
  for (;;) {  // Ends when the queue confirms or the worker is drained.
    try {
      if (!sent) ports_.publisher.send(message, ports_.clock.now() + kPublishTry);
      sent = true;
      static_cast<void>(ports_.publisher.take_confirmed(ports_.clock.now() + kPublishTry));
      if (ports_.publisher.unconfirmed() == 0) return true;
    } catch (const Error& error) {
      log(LogLevel::warn, "message not published", {{"error", error.what()}});
      if (!error.may_work_later()) {
        mail_.fail(error.what());
        return false;
      }
      static_cast<void>(mail_.next(ports_.clock.now() + kPause));
    }
    if (mail_.ending()) return false;
  }
}

TransferAnswer Session::transfer_as_owner(const Owned& owned, TransferWhat what, OnDrain on_drain) {
  std::stop_source stop;
  ports_.transfer({std::move(what), stop.get_token()});
  for (;;) {  // Ends: every command is answered, soon if it is asked to stop.
    owned.watch.look_if_due();
    const bool drained = on_drain == OnDrain::give_up && mail_.ending();
    if (owned.watch.superseded() || drained) stop.request_stop();
    const auto event = mail_.next(owned.watch.due());
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) return *answer;
  }
}

void Session::pause_as_owner(const Owned& owned) {
  const TimePoint again = ports_.clock.now() + kPause;
  while (ports_.clock.now() < again && !mail_.draining()) {
    static_cast<void>(mail_.next(std::min(again, owned.watch.due())));
    owned.watch.look_if_due();
  }
}

TransferAnswer Session::transfer(TransferCommand command) {
  ports_.transfer(std::move(command));
  for (;;) {  // Ends: every command is answered.
    const auto event = mail_.next(ports_.clock.now() + kIdleWake);
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) return *answer;
  }
}

void Session::settle(const Delivery& delivery, Settlement settlement) {
  if (settlement == Settlement::hand_back) summary_.handed_back += 1;
  ports_.queue.settle(delivery.tag, settlement);
}

EndingNote Session::note(const Owned& owned, const EndedHow& how) const {
  return {owned.log.newest()->attempt,  how.ending,  settings_.worker, how.detail,
          to_text(ports_.clock.wall()), ran_seconds_};
}

}  // namespace holdfast
