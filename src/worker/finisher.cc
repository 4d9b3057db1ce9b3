#include "worker/finisher.h"

#include "base/log.h"
#include "base/wall_time.h"
#include "core/dead_reason.h"
#include "core/text.h"
#include "core/transition.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kPause = std::chrono::seconds(3);
constexpr Duration kIdleWake = std::chrono::hours(1);
constexpr Duration kReadTime = std::chrono::seconds(10);

LogField job_field(const Job& job) {
  return {"job", job.id.text()};
}

// Records that change nothing may come after an end: what gc appends, for instance.
bool is_same_end(const Record& now, const Record& end) {
  return now.state == end.state && now.attempt == end.attempt &&
         now.epoch.number == end.epoch.number;
}

}  // namespace

void Finisher::finish(const Job& job, const Delivery& delivery, const Record& newest,
                      const std::string& warning) {
  if (newest.state == JobState::dead) return set_aside(job, delivery, newest);
  if (is_forgotten(newest)) return finish_forgotten(job, newest);
  if (newest.state == JobState::cancelled) {
    log(LogLevel::info, "job cancelled", {job_field(job), {"by", newest.by}});
    ports_.tell({job.id.text(), JobNews::Phase::cancelled, newest.attempt.value, {}, newest.by});
  }
  if (newest.state == JobState::completed) {
    if (!publish(job, newest)) return settler_.settle(Settlement::hand_back);
    log(LogLevel::info, "job completed",
        {job_field(job), {"attempt", newest.attempt.value}, {"worker", settings_.worker}});
    if (!warning.empty()) {
      log(LogLevel::warn, "job completed without a result", {job_field(job), {"reason", warning}});
    }
    completed_ += 1;
    ports_.tell({job.id.text(), JobNews::Phase::completed, newest.attempt.value, 1.0, warning});
  }
  tell_end(job_end(job.id, {}, newest), delivery, ours(newest));
  settle_ended(job, newest);
}

bool Finisher::ours(const Record& newest) const {
  return newest.worker == settings_.worker;
}

JobEnd Finisher::dead_without_record(const std::string& job, const std::string& reason,
                                     const std::string& what) const {
  JobEnd end{job, {}, JobState::dead};
  end.worker = settings_.worker;
  end.reason = reason;
  end.detail = what;
  end.when = to_text(ports_.clock.wall());
  return end;
}

void Finisher::tell_end(JobEnd end, const Delivery& delivery, bool ours) {
  if (end.state == JobState::dead) group_guard_.note_dead(end.job, delivery);
  if (!ports_.ended) return;
  bool wished = false;
  for (const auto& [name, value] : delivery.headers) {
    if (name == kGroupHeader) end.group = value;
    if (name == kNotifyHeader) wished = true;
  }
  ports_.ended(end, wished, ours);
}

void Finisher::finish_forgotten(const Job& job, const Record& newest) {
  log(LogLevel::info, "job forgotten", {job_field(job), {"by", newest.by}});
  ports_.tell({job.id.text(), JobNews::Phase::cancelled, newest.attempt.value, {}, newest.by});
  const TransferAnswer answer = transfer(RemoveRemains{job.id, newest});
  if (std::holds_alternative<TransferStopped>(answer)) {
    return settler_.settle(Settlement::hand_back);
  }
  if (const auto* failed = std::get_if<TransferFailed>(&answer)) {
    log(LogLevel::warn, "remains of a forgotten job not removed",
        {job_field(job), {"error", failed->what}});
    // Whoever is given the message next removes them, unless nobody ever can.
    if (failed->kind == ErrorKind::unavailable) return come_again();
  } else if (ours(newest)) {
    say_gone(job);
  }
  settle_ended(job, newest);
}

// For whoever waits until all is gone.
void Finisher::say_gone(const Job& job) {
  try {
    JobLog job_log(ports_.store, ports_.clock, job.id);
    const TimePoint until = ports_.clock.now() + kReadTime;
    const auto& now = job_log.read(until);
    if (!now || !is_forgotten(*now) || !ours(*now)) return;
    static_cast<void>(job_log.append_as_claimant(
        [](const std::optional<Record>& before) { return let_go(*before); }, until));
  } catch (const Error& error) {
    log(LogLevel::warn, "end of a forgotten job not said",
        {job_field(job), {"error", error.what()}});
  }
}

// Not at once: what it waits for is away.
void Finisher::come_again() {
  const TimePoint again = ports_.clock.now() + kPause;
  while (ports_.clock.now() < again && !events_.draining()) {
    static_cast<void>(events_.next(again));
  }
  settler_.settle(Settlement::hand_back);
}

void Finisher::settle_ended(const Job& job, const Record& newest) {
  const bool at_once = newest.state == JobState::completed && !settler_.met_another_message();
  if (at_once) return settler_.settle(Settlement::complete);
  try {
    JobLog job_log(ports_.store, ports_.clock, job.id);
    const auto& now = job_log.read(ports_.clock.now() + kReadTime);
    // Another end belongs to a new epoch. Its worker may have lost its message to this one.
    if (now && is_same_end(*now, newest)) return settler_.settle(Settlement::complete);
    log(LogLevel::info, "job was brought back", {job_field(job)});
  } catch (const Error& error) {
    log(LogLevel::warn, "end of a job not read again", {job_field(job), {"error", error.what()}});
  }
  settler_.settle(Settlement::hand_back);
}

void Finisher::set_aside(const Job& job, const Delivery& delivery, const Record& newest) {
  const EndingNote& last = newest.endings.back();
  log(LogLevel::warn, "job set aside",
      {job_field(job), {"reason", newest.reason}, {"error", last.detail}});
  const bool published =
      settler_.publish_letter(delivery, job.id.text(),
                              {{"holdfast-reason", newest.reason},
                               {"holdfast-error", last.detail},
                               {"holdfast-worker", last.worker},
                               {"holdfast-attempts", std::to_string(newest.attempt.value)},
                               {"holdfast-when", newest.when}});
  if (published) {
    tell_end(job_end(job.id, {}, newest), delivery, ours(newest));
    settle_ended(job, newest);
  } else {
    settler_.settle(Settlement::hand_back);
  }
  ports_.tell({job.id.text(),
               JobNews::Phase::dead,
               newest.attempt.value,
               {},
               why_dead(newest.reason, last.detail)});
}

void Finisher::set_aside_damaged(const Job& job, const Delivery& delivery,
                                 const std::string& what) {
  log(LogLevel::error, "job set aside", {job_field(job), {"reason", "damaged"}, {"error", what}});
  settler_.set_aside(delivery, job.id.text(),
                     {{"holdfast-reason", "damaged"},
                      {"holdfast-error", fitted(what, kDetailBytesMax)},
                      {"holdfast-worker", settings_.worker}});
  tell_end(dead_without_record(job.id.text(), "damaged", what), delivery, false);
  ports_.tell({job.id.text(), JobNews::Phase::dead, 0, {}, "its log cannot be read: " + what});
}

void Finisher::set_aside_taken(const Job& job, const Delivery& delivery, const Record& newest) {
  const std::string what =
      "this store already has another job with this id and different content, " +
      std::string(to_text(newest.state)) + " since " + newest.when +
      ", and stays; submit this one under a new id";
  log(LogLevel::warn, "job set aside", {job_field(job), {"reason", "id_taken"}, {"error", what}});
  settler_.set_aside(delivery, job.id.text(),
                     {{"holdfast-reason", "id_taken"},
                      {"holdfast-error", fitted(what, kDetailBytesMax)},
                      {"holdfast-worker", settings_.worker},
                      {"holdfast-when", to_text(ports_.clock.wall())}});
  tell_end(dead_without_record(job.id.text(), "id_taken", what), delivery, false);
  ports_.tell({job.id.text(), JobNews::Phase::dead, 0, {}, what});
}

void Finisher::set_aside_unread(const Delivery& delivery, const std::string& why) {
  log(LogLevel::warn, "message set aside", {{"reason", "bad_message"}, {"error", why}});
  settler_.set_aside(delivery, delivery.message_id,
                     {{"holdfast-reason", "bad_message"}, {"holdfast-error", why}});
  tell_end(dead_without_record(delivery.message_id, "bad_message", why), delivery, false);
  ports_.tell({delivery.message_id, JobNews::Phase::dead, 0, {}, why});
}

bool Finisher::publish(const Job& job, const Record& newest) {
  for (;;) {  // Ends when published, or refused while we drain; whoever meets the job next
              // publishes it then.
    const TransferAnswer answer = transfer(publish_command(job.id, newest));
    if (std::holds_alternative<OutputsPublished>(answer)) return true;
    if (std::holds_alternative<TransferStopped>(answer)) return false;
    const auto& failed = std::get<TransferFailed>(answer);
    log(failed.kind == ErrorKind::denied ? LogLevel::error : LogLevel::warn, "result not published",
        {job_field(job), {"error", failed.what}});
    if (!worth_waiting(failed.kind)) {
      if (failed.kind == ErrorKind::corrupt && replaced(job, newest)) return false;
      throw Error(failed.kind, failed.what);
    }
    const TimePoint again = ports_.clock.now() + kPause;
    while (ports_.clock.now() < again && !events_.draining())
      static_cast<void>(events_.next(again));
    if (events_.draining()) return false;
  }
}

// A person may let a completed job start anew, forget it, or remove its result. Then the result
// that we have in hand may be gone, as it should.
bool Finisher::replaced(const Job& job, const Record& newest) {
  JobLog job_log(ports_.store, ports_.clock, job.id);
  const auto& now = job_log.read(ports_.clock.now() + kReadTime);
  return now && now->number > newest.number;
}

// A drain that comes meanwhile breaks it off. One that came before does not: then the result is
// that of the job which the drain ended, stored just now, and that took longer.
TransferAnswer Finisher::transfer(TransferWhat what) {
  std::stop_source stop;
  const bool drained_before = events_.draining();
  ports_.transfer({std::move(what), stop.get_token()});
  for (;;) {  // Ends: every command is answered, soon if it is asked to stop.
    if (events_.draining() && !drained_before) stop.request_stop();
    const auto event = events_.next(ports_.clock.now() + kIdleWake);
    if (!event) continue;
    if (const auto* answer = std::get_if<TransferAnswer>(&*event)) return *answer;
  }
}

}  // namespace holdfast
