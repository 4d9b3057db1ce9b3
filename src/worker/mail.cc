#include "worker/mail.h"

#include "base/log.h"

namespace holdfast {

std::optional<Event> Mail::next(TimePoint deadline) {
  board_.session_due.set(deadline);
  auto event = inbox_.next(deadline);
  board_.session_due.set(clock_.now());
  if (!event) return std::nullopt;
  if (const auto* lost = std::get_if<ConnectionLost>(&*event)) {
    if (connected_) log(LogLevel::warn, "broker connection lost", {{"reason", lost->reason}});
    connected_ = false;
    holding_ = false;
    return std::nullopt;
  }
  if (std::holds_alternative<ConnectionMade>(*event)) {
    if (!connected_) log(LogLevel::info, "broker connection made again");
    connected_ = true;
    return std::nullopt;
  }
  if (std::holds_alternative<DrainRequested>(*event)) {
    draining_ = true;
    board_.draining.set(true);
    return std::nullopt;
  }
  if (const auto* failed = std::get_if<QueueFailed>(&*event)) {
    log(LogLevel::error, "queue lost", {{"reason", failed->reason}});
    // A task that runs may finish: its result needs only the store.
    failure_ = failed->reason;
    connected_ = false;
    holding_ = false;
    return std::nullopt;
  }
  return event;
}

void Mail::fail(const std::string& reason) {
  if (failure_.empty()) log(LogLevel::error, "store refused", {{"reason", reason}});
  failure_ = reason;
  failed_ = true;
  draining_ = true;
  board_.draining.set(true);
}

void Mail::note_unreachable(const Error& error) {
  log(LogLevel::warn, "store out of reach, trying again", {{"error", error.what()}});
}

}  // namespace holdfast
