#include "worker/mean_time.h"

#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequestTime = std::chrono::seconds(5);
// A job that ends its worker time and again would look like a bad cloud: only the first loss since
// its last progress counts. The claim itself counts as an attempt.
constexpr std::uint32_t kAttemptsOfAFirstLoss = 2;

}  // namespace

MeanTime::MeanTime(const WorkerPorts& ports, const WorkerSettings& settings)
    : ports_(ports), value_(settings.adapt_to_mtbf) {
  if (value_ && settings.lifetimes) seen_.emplace(ports.store, *settings.lifetimes);
}

void MeanTime::claimed(const Record& newest, const std::string& attempt_id) {
  if (!seen_) return;
  const EndingNote* last = newest.endings.empty() ? nullptr : &newest.endings.back();
  const bool lost = last != nullptr && last->ending == Ending::lost &&
                    last->attempt.value + 1 == newest.attempt.value;
  if (lost && newest.attempts_since_progress <= kAttemptsOfAFirstLoss) {
    note(attempt_id + "-before", {last->ran_seconds, true});
  }
  look_if_due(attempt_id);
}

void MeanTime::ended(const std::string& attempt_id, const Lifetime& lifetime) {
  if (seen_ && (lifetime.seconds > 0 || lifetime.interrupted)) note(attempt_id, lifetime);
}

void MeanTime::note(const std::string& id, const Lifetime& lifetime) {
  try {
    seen_->note(id, lifetime, ports_.clock.now() + kRequestTime);
  } catch (const Error& error) {
    log(LogLevel::debug, "lifetime of an attempt not noted", {{"error", error.what()}});
  }
}

void MeanTime::look_if_due(const std::string& id) {
  if (ports_.clock.now() < next_look_) return;
  next_look_ = ports_.clock.now() + kLookEvery;
  try {
    value_ = seen_->mean_time(id, ports_.clock.now() + kRequestTime);
    ports_.board.mean_time.set(*value_);
    log(LogLevel::info, "mean time between interruptions learned",
        {{"hours", std::chrono::duration<double, std::ratio<3600>>(*value_).count()}});
  } catch (const Error& error) {
    log(LogLevel::debug, "mean time between interruptions not learned", {{"error", error.what()}});
  }
}

}  // namespace holdfast
