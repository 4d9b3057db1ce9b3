#include "worker/watch.h"

#include "base/log.h"
#include "core/transition.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kLookTime = std::chrono::seconds(5);
constexpr Duration kFarAway = std::chrono::hours(1);

}  // namespace

Watch::Watch(const Clock& clock, const WorkerSettings& settings, Slot& slot, SessionEvents& events,
             JobLog& log, std::string attempt_id)
    : clock_(clock),
      settings_(settings),
      slot_(slot),
      events_(events),
      log_(log),
      attempt_id_(std::move(attempt_id)),
      last_look_(clock.now()) {}

TimePoint Watch::due() const {
  if (superseded_) return clock_.now() + kFarAway;
  return last_look_ + (slot_.exposed() ? settings_.watch_exposed : settings_.watch_every);
}

void Watch::look_if_due() {
  if (superseded_ || clock_.now() < due()) return;
  looked();
  try {
    const TimePoint deadline = clock_.now() + kLookTime;
    static_cast<void>(log_.look(deadline));
    superseded_ = supersedes(*log_.newest(), attempt_id_);
    // A question that stands last is unanswered, also if it was seen before and the answer failed.
    if (superseded_ || log_.newest()->kind != RecordKind::asked) return;
    slot_.expose();  // Who asks has a message of our job, and the queue may hand it out again.
    const auto outcome = log_.append_as_owner(
        attempt_id_, [](const std::optional<Record>& newest) { return answered(*newest); },
        deadline);
    superseded_ = outcome == AppendOutcome::superseded;
  } catch (const Error& error) {
    if (!worth_waiting(error.kind())) return events_.fail(error.what());
    store_answers_ = false;
    log(LogLevel::debug, "store out of reach while watching", {{"error", error.what()}});
  }
}

}  // namespace holdfast
