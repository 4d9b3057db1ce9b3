#include "worker/presence.h"

#include <utility>

#include "base/digest.h"
#include "base/log.h"
#include "base/thread.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(10);

std::int64_t seconds_since_1970(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

Presence::Presence(Store& store, const Clock& clock, FleetLayout fleet, const std::string& worker,
                   const std::string& version)
    : store_(store), clock_(clock), fleet_(std::move(fleet)) {
  sign_ = {worker, seconds_since_1970(clock.wall()), 0, version};
  thread_ = start_thread("the worker's sign", [this] { serve(); });
}

Presence::~Presence() {
  end_.post(true);
  thread_.join();
}

void Presence::serve() {
  do {
    renew();
  } while (!end_.next(clock_.now() + kEvery));
  if (!key_.empty()) remove(key_);
}

void Presence::renew() {
  sign_.seen = seconds_since_1970(clock_.wall());
  const std::string key = fleet_.workers_prefix() + to_text(sign_);
  if (key == key_) return;
  try {
    store_.put(key, "", sha256(""), clock_.now() + kRequest);
  } catch (const Error& error) {
    log(LogLevel::debug, "sign of this worker not written", {{"error", error.what()}});
    return;
  }
  const std::string before = std::exchange(key_, key);
  if (!before.empty()) remove(before);
}

void Presence::remove(const std::string& key) {
  try {
    store_.remove(key, clock_.now() + kRequest);
  } catch (const Error& error) {
    log(LogLevel::debug, "sign of this worker not removed", {{"error", error.what()}});
  }
}

}  // namespace holdfast
