#include "worker/session.h"

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "core/arguments.h"
#include "holdfast/error.h"
#include "worker/claimer.h"

namespace holdfast {

namespace {

// How long a job that lacks a field stays away.
constexpr Duration kNoFieldDelay = std::chrono::seconds(5);
constexpr Duration kIdleWake = std::chrono::hours(1);
// How long a message stays away that nobody has room for.
constexpr Duration kTooManyParkedDelay = std::chrono::seconds(30);

LogField job_field(const Job& job) {
  return {"job", job.id.text()};
}

}  // namespace

Session::Session(const WorkerPorts& ports, const WorkerSettings& settings)
    : ports_(ports),
      settings_(settings),
      parked_(ports, settings),
      events_(ports, settings, slot_, parked_),
      store_calls_(ports, settings, events_),
      settler_(ports, settings, events_, slot_),
      group_guard_(ports, settings),
      finisher_(ports, settings, events_, settler_, group_guard_),
      workspace_(settings.work_directory),
      mean_time_(ports, settings),
      fitness_(ports, settings, events_, workspace_) {}

SessionSummary Session::run() {
  try {
    fitness_.test();
  } catch (const Error& error) {
    events_.fail(error.what());
  }
  clear_workspace();
  if (takes_jobs()) ports_.queue.want_one();
  while (takes_jobs()) {
    if (const auto ready = parked_.take_ready()) {
      ports_.queue.want_none();
      handle(*ready);
      continue;
    }
    if (events_.denied()) {
      events_.lose_queue(*events_.denied());
      break;
    }
    const TimePoint give_up = events_.give_up_at();
    if (ports_.clock.now() >= give_up) {
      events_.lose_queue(
          "the broker has been out of reach for too long, and there is no job to continue");
      break;
    }
    const auto event = events_.next(std::min(give_up, ports_.clock.now() + kIdleWake));
    if (!event) continue;
    const bool empty = std::holds_alternative<QueueEmpty>(*event) && parked_.empty();
    if (empty && settings_.until_empty) break;
    if (const auto* delivery = std::get_if<Delivery>(&*event)) handle(*delivery);
  }
  parked_.hand_back_all();
  if (!fitness_.unfit().empty()) fitness_.say();
  ports_.board.session_due.set(TimePoint::max());
  return {finisher_.completed(), settler_.dead(),  settler_.handed_back(),
          events_.failure(),     fitness_.unfit(), command_fit_.wrong()};
}

void Session::show_idle() {
  ports_.board.stage.set(WorkerStage::idle);
  ports_.board.durable_until.set(TimePoint::max());
  ports_.board.attempt.set(0);
  ports_.board.jobs_completed.set(finisher_.completed());
  ports_.board.jobs_dead.set(settler_.dead());
  ports_.board.jobs_handed_back.set(settler_.handed_back());
}

void Session::handle(const Delivery& delivery) {
  ports_.board.stage.set(WorkerStage::claiming);
  const auto parsed = parse_job(delivery.body);
  const auto* job = std::get_if<Job>(&parsed);
  slot_.hold(delivery, job);
  if (job != nullptr) {
    handle_held(*job, delivery);
  } else {
    finisher_.set_aside_unread(delivery, std::get<BadJob>(parsed).reason);
  }
  // Before anything is waited for: a message that comes back now would be adopted, and nobody
  // would settle it.
  slot_.release();
  fitness_.judge();
  clear_workspace();
  show_idle();
  if (takes_jobs()) ports_.queue.want_one();
}

// On the thread for that: who asks for a parked job is answered meanwhile.
void Session::clear_workspace() {
  std::vector<std::filesystem::path> left = workspace_.left();
  if (left.empty()) return;
  ports_.transfer({Discard{std::move(left)}});
  for (;;) {  // Ends: every command is answered.
    const auto event = events_.next(ports_.clock.now() + kIdleWake);
    if (!event) continue;
    if (const auto* delivery = std::get_if<Delivery>(&*event)) {  // None was asked for.
      ports_.queue.settle(delivery->tag, Settlement::hand_back);
    }
    const auto* answer = std::get_if<TransferAnswer>(&*event);
    if (answer == nullptr) continue;
    if (const auto* discarded = std::get_if<Discarded>(answer)) {
      for (const auto& [folder, why] : discarded->kept) workspace_.say_kept(folder, why);
    }
    return;
  }
}

void Session::handle_held(const Job& job, const Delivery& delivery) {
  // One message is enough to bring a job on.
  if (parked_.holds(job)) return settler_.settle(Settlement::complete);
  if (!renewal_due(delivery.returns, settings_.delivery_limit)) return handle_job(job, delivery);
  // Nobody runs the job yet, so a copy harms nobody: it comes when its turn comes.
  log(LogLevel::info, "message renewed",
      {job_field(job), {"message_id", delivery.message_id}, {"returns", delivery.returns}});
  settler_.replace_by_copy(delivery, Destination::queue, Duration::zero());
}

void Session::park(const Job& job, const Delivery& delivery, const Inquiry& inquiry) {
  if (!slot_.holding()) return;  // It comes again.
  if (!parked_.full()) return parked_.park(job, delivery, inquiry);
  log(LogLevel::info, "no room to park, job comes again later", {job_field(job)});
  settler_.replace_by_copy(delivery, Destination::retry, kTooManyParkedDelay);
}

bool Session::kept_back(const Job& job, const Delivery& delivery) {
  if (!group_guard_.stopped(delivery)) return false;
  log(LogLevel::info, "job held, its group has stopped", {job_field(job)});
  // Whoever lets the group go on says so before it brings back what is held. So a copy that was
  // stored before that is brought back, and one that may have come too late is one too many.
  settler_.hold_copy(delivery, [&] { return group_guard_.stopped_now(delivery); });
  return true;
}

bool Session::left_to_others(const Job& job, const Delivery& delivery) {
  std::string field = missing_field(settings_.command, job.fields);
  if (field.empty()) field = missing_field(settings_.results, job.fields);
  if (field.empty()) command_fit_.fields_found();
  // On one machine the command was held against the list before.
  if (command_fit_.has_found_fields() || !settings_.judge_node) return false;
  const std::string what =
      "the command needs the field {" + field + "}, which job " + job.id.text() + " does not have";
  log(LogLevel::warn, "job left to other workers", {job_field(job), {"error", what}});
  // Others take it meanwhile, and the next one comes here.
  settler_.replace_by_copy(delivery, Destination::retry, kNoFieldDelay);
  const std::string cure =
      "Start this one with another command (write {{" + field + "}} for the text itself)";
  if (command_fit_.doubt(job.id, what, cure)) events_.fail(command_fit_.wrong());
  return true;
}

void Session::handle_job(const Job& job, const Delivery& delivery) {
  if (kept_back(job, delivery) || left_to_others(job, delivery)) return;
  Attempt attempt({ports_, settings_, slot_, events_, store_calls_, settler_, finisher_, workspace_,
                   mean_time_, fitness_, command_fit_},
                  job, delivery);
  try {
    // Before the claim: a full disk shall cost the job no attempt.
    workspace_.begin(attempt.id());
    replace_file(workspace_.job_file(), job.body);
    Claimer claimer(ports_, settings_, slot_, events_, store_calls_);
    switch (claimer.claim(job, delivery, attempt.id(), attempt.job_log())) {
      case ClaimOutcome::abandoned:
        return settler_.settle(Settlement::hand_back);
      case ClaimOutcome::elsewhere:
        return park(job, delivery, claimer.inquiry());
      case ClaimOutcome::replaced:
        log(LogLevel::info, "message of a job that was changed since, dropped",
            {job_field(job), {"message_id", delivery.message_id}});
        return settler_.settle(Settlement::complete);
      case ClaimOutcome::id_taken:
        return finisher_.set_aside_taken(job, delivery, *attempt.job_log().newest());
      case ClaimOutcome::ended:
        return finisher_.finish(job, delivery, *attempt.job_log().newest());
      case ClaimOutcome::claimed:
        return attempt.run();
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::corrupt) {
      return finisher_.set_aside_damaged(job, delivery, error.what());
    }
    // The store refuses: this worker cannot tell what is true of the job.
    log(LogLevel::error, "job left alone", {job_field(job), {"error", error.what()}});
    settler_.settle(Settlement::hand_back);
    events_.fail(error.what());
  }
}

}  // namespace holdfast
