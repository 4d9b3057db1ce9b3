#include "worker/session_events.h"

#include <algorithm>

#include "base/log.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kReadTime = std::chrono::seconds(2);

}  // namespace

std::optional<Event> SessionEvents::next(TimePoint deadline) {
  const TimePoint until = std::min(deadline, parked_.due());
  ports_.board.session_due.set(until);
  auto event = ports_.inbox.next(until);
  ports_.board.session_due.set(ports_.clock.now());
  look_at_parked();
  if (!event) return std::nullopt;
  if (const auto* lost = std::get_if<ConnectionLost>(&*event)) {
    connection_lost(*lost);
    return std::nullopt;
  }
  if (std::holds_alternative<ConnectionMade>(*event)) {
    connection_made();
    return std::nullopt;
  }
  if (std::holds_alternative<DrainRequested>(*event)) {
    draining_ = true;
    ports_.board.draining.set(true);
    ports_.queue.want_none();
    parked_.hand_back_all();
    return std::nullopt;
  }
  if (const auto* failed = std::get_if<QueueFailed>(&*event)) {
    lose_queue(failed->reason);
    return std::nullopt;
  }
  if (const auto* answer = std::get_if<ParkedAnswer>(&*event)) {
    parked_.handle(*answer);
    return std::nullopt;
  }
  const auto* delivery = std::get_if<Delivery>(&*event);
  if (delivery != nullptr && (slot_.filled() || ending())) {
    take_in(*delivery);
    return std::nullopt;
  }
  return event;
}

void SessionEvents::look_at_parked() {
  try {
    parked_.look_if_due(slot_.filled());
  } catch (const Error& error) {
    fail(error.what());
  }
}

void SessionEvents::connection_lost(const ConnectionLost& lost) {
  if (lost.denied) {
    log(LogLevel::error,
        slot_.filled() ? "broker refuses access, the job goes on" : "broker refuses access",
        {{"reason", lost.reason}});
  } else if (!disconnected_at_) {
    log(LogLevel::warn, "broker connection lost", {{"reason", lost.reason}});
  }
  denied_ = lost.denied ? std::optional(lost.reason) : std::nullopt;
  lose_deliveries();
}

TimePoint SessionEvents::give_up_at() const {
  return disconnected_at_ ? *disconnected_at_ + settings_.away_max : TimePoint::max();
}

// A task that runs may finish: its result needs only the store.
void SessionEvents::lose_queue(const std::string& reason) {
  log(LogLevel::error, "queue lost", {{"reason", reason}});
  failure_ = reason;
  lose_deliveries();
}

void SessionEvents::lose_deliveries() {
  if (!disconnected_at_) disconnected_at_ = ports_.clock.now();
  parked_.forget_all();
  slot_.lose();
}

void SessionEvents::connection_made() {
  if (disconnected_at_) log(LogLevel::info, "broker connection made again");
  disconnected_at_.reset();
  denied_.reset();
  // Our message lies in the queue now, before all others. Whoever takes it can only wait for us, so
  // we try to take it ourselves. What else comes goes back, which a small limit does not allow.
  const bool lost = slot_.filled() && !slot_.holding();
  if (lost && !ending() && !settings_.delivery_limit) ports_.queue.want_one();
}

// A delivery while the slot is busy, or shall not be filled again.
void SessionEvents::take_in(const Delivery& delivery) {
  const auto parsed = parse_job(delivery.body);
  const Job* job = std::get_if<Job>(&parsed);
  if (job == nullptr || ending()) {
    ports_.queue.settle(delivery.tag, Settlement::hand_back);
  } else if (!slot_.works_on(*job)) {
    take_in_of_another(*job, delivery);
  } else if (slot_.holding()) {
    // One message is enough to bring the job on, and that one we hold.
    slot_.meet_another();
    ports_.queue.settle(delivery.tag, Settlement::complete);
  } else {
    log(LogLevel::info, "delivery adopted", {{"job", job->id.text()}});
    slot_.adopt(delivery.tag);
  }
}

void SessionEvents::take_in_of_another(const Job& job, const Delivery& delivery) {
  const auto settle = [&](Settlement how) { ports_.queue.settle(delivery.tag, how); };
  if (parked_.holds(job)) return settle(Settlement::complete);
  if (parked_.full()) return settle(Settlement::hand_back);
  try {
    JobLog job_log(ports_.store, ports_.clock, job.id);
    const TimePoint deadline = ports_.clock.now() + kReadTime;
    const auto& newest = job_log.read(deadline);
    if (!newest || newest->state != JobState::running) return settle(Settlement::hand_back);
    if (content_of(job, *newest, ports_.store, deadline) != Content::same) {
      return settle(Settlement::hand_back);  // Whoever is free decides what becomes of it.
    }
    parked_.park(job, delivery, Inquiry(job_log, facts_of(delivery), ports_.clock, settings_));
  } catch (const Error& error) {
    // Whoever is free finds out what is wrong.
    log(LogLevel::debug, "delivery not looked at", {{"error", error.what()}});
    settle(Settlement::hand_back);
  }
}

void SessionEvents::fail(const std::string& reason) {
  if (failure_.empty()) log(LogLevel::error, "this worker cannot go on", {{"reason", reason}});
  failure_ = reason;
  failed_ = true;
  draining_ = true;
  ports_.board.draining.set(true);
  ports_.queue.want_none();
  parked_.hand_back_all();
}

}  // namespace holdfast
