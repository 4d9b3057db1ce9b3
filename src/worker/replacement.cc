#include "worker/replacement.h"

#include "base/log.h"
#include "base/wall_time.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kStoreTime = std::chrono::seconds(20);
constexpr Duration kNodeTime = std::chrono::seconds(10);
constexpr std::size_t kHourDigits = 13;  // 2026-01-31T23
constexpr std::size_t kRemovedMax = 100;
// So far may a worker's clock be ahead without undoing what others count.
constexpr std::chrono::hours kKept{24};

std::string hour_of(WallTime time) {
  return to_text(time).substr(0, kHourDigits);
}

// Nobody counts in them any more. What stays because the store is away goes with the next one.
void remove_old(Store& store, const FleetLayout& layout, const Clock& clock) {
  const TimePoint deadline = clock.now() + kStoreTime;
  const std::string oldest = hour_of(clock.wall() - kKept);
  try {
    for (const ObjectEntry& entry :
         store.list(layout.replacements_prefix(), "", kRemovedMax, deadline)) {
      if (layout.hour_of(entry.key) < oldest) store.remove(entry.key, deadline);
    }
  } catch (const Error& error) {
    log(LogLevel::debug, "old replacements not removed", {{"error", error.what()}});
  }
}

}  // namespace

ReplacementOutcome ask_for_replacement(Node& node, Store& store, const Clock& clock,
                                       const FleetLayout& layout, std::uint32_t per_hour,
                                       const std::string& reason) {
  const TimePoint deadline = clock.now() + kStoreTime;
  const std::string hour = hour_of(clock.wall());
  bool granted = false;
  for (std::uint32_t number = 1; number <= per_hour && !granted; ++number) {
    granted =
        store.create(layout.replacement(hour, number), "", deadline) == CreateOutcome::created;
  }
  if (!granted) return ReplacementOutcome::budget_spent;
  node.replace(reason, clock.now() + kNodeTime);
  remove_old(store, layout, clock);
  return ReplacementOutcome::asked;
}

}  // namespace holdfast
