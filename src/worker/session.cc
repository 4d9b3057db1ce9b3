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
constexpr Duration kPause = std::chrono::seconds(3);
// How long a message stays away that nobody has room for.
constexpr Duration kPocketFullDelay = std::chrono::seconds(30);

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
      pocket_(ports, settings),
      mail_(ports, settings, pocket_),
      workspace_(settings.work_directory),
      mean_time_(ports, settings),
      fitness_(ports, settings, mail_, workspace_) {}

SessionSummary Session::run() {
  try {
    fitness_.test();
  } catch (const Error& error) {
    mail_.fail(error.what());
  }
  if (takes_jobs()) ports_.queue.want_one();
  while (takes_jobs()) {
    if (const auto ready = pocket_.take_ready()) {
      ports_.queue.want_none();
      handle(*ready);
      continue;
    }
    const TimePoint give_up = mail_.give_up_at();
    if (ports_.clock.now() >= give_up) {
      mail_.lose_queue("the broker has been out of reach for too long, with no job to go on with");
      break;
    }
    const auto event = mail_.next(std::min(give_up, ports_.clock.now() + kIdleWake));
    if (!event) continue;
    const bool empty = std::holds_alternative<QueueEmpty>(*event) && pocket_.empty();
    if (empty && settings_.until_empty) break;
    if (const auto* delivery = std::get_if<Delivery>(&*event)) handle(*delivery);
  }
  pocket_.hand_back_all();
  if (!fitness_.unfit().empty()) fitness_.say();
  ports_.board.session_due.set(TimePoint::max());
  summary_.failure = mail_.failure();
  summary_.unfit = fitness_.unfit();
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
  show(WorkerStage::claiming);
  const auto parsed = parse_job(delivery.body);
  const auto* job = std::get_if<Job>(&parsed);
  mail_.hold(delivery, job != nullptr ? &job->id : nullptr);
  if (job != nullptr) {
    handle_held(*job, delivery);
  } else {
    const std::string& reason = std::get<BadJob>(parsed).reason;
    log(LogLevel::warn, "message set aside", {{"reason", "bad_message"}, {"error", reason}});
    set_aside(delivery, delivery.message_id,
              {{"holdfast-reason", "bad_message"}, {"holdfast-error", reason}});
    ports_.tell({delivery.message_id, JobNews::Phase::dead, 0, {}, reason});
  }
  mail_.release();
  fitness_.judge();
  show_idle();
  if (takes_jobs()) ports_.queue.want_one();
}

void Session::handle_held(const Job& job, const Delivery& delivery) {
  // One message is enough to bring a job on.
  if (pocket_.holds(job.id)) return settle(Settlement::complete);
  if (!renewal_due(delivery.returns, settings_.delivery_limit)) return handle_job(job, delivery);
  // Nobody runs the job yet, so a copy harms nobody: it comes when its turn comes.
  log(LogLevel::info, "message renewed",
      {job_field(job), {"message_id", delivery.message_id}, {"returns", delivery.returns}});
  replace_by_copy(delivery, Destination::queue, Duration::zero());
}

void Session::park(const Job& job, const Delivery& delivery, const Inquiry& inquiry) {
  if (!mail_.holding()) return;  // It comes again.
  if (!pocket_.full()) return pocket_.park(job, delivery, inquiry);
  log(LogLevel::info, "no room to park, job comes again later", {job_field(job)});
  replace_by_copy(delivery, Destination::retry, kPocketFullDelay);
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
        settle(Settlement::hand_back);
        return;
      case ClaimOutcome::elsewhere:
        park(job, delivery, claimer.inquiry());
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
    mean_time_.claimed(*job_log.newest(), owned.attempt_id);
    ports_.tell({job.id.text(), JobNews::Phase::claimed, job_log.newest()->attempt.value, {}, {}});
    run_attempt(owned);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::corrupt) return set_aside_damaged(job, delivery, error.what());
    // The store refuses: this worker cannot tell what is true of the job.
    log(LogLevel::error, "job left alone", {job_field(job), {"error", error.what()}});
    settle(Settlement::hand_back);
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
                        owned.job.id.text(), mean_time_.value());
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
      conclude_superseded(owned);
      return false;
    }
    if (std::holds_alternative<TransferStopped>(answer)) {
      conclude_ended(owned, {Ending::interrupted, "drained while its checkpoint was restored"});
      return false;
    }
    if (const auto* restored = std::get_if<Restored>(&answer)) {
      mail_.store_answered();
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
    mail_.store_away(failed.what);
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

TransferAnswer Session::transfer(TransferWhat what) {
  std::stop_source stop;
  ports_.transfer({std::move(what), stop.get_token()});
  for (;;) {  // Ends: every command is answered, soon if it is asked to stop.
    if (mail_.draining()) stop.request_stop();
    const auto event = mail_.next(ports_.clock.now() + kIdleWake);
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) return *answer;
  }
}

}  // namespace holdfast
