#include "worker/replacement.h"

#include "base/log.h"
#include "checkpoint/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kStoreTime = std::chrono::seconds(20);
constexpr Duration kNodeTime = std::chrono::seconds(10);
constexpr std::size_t kHourDigits = 13;  // 2026-01-31T23
constexpr std::size_t kRemovedMax = 100;

// What was counted in earlier hours counts no more.
void remove_earlier(Store& store, const FleetLayout& layout, const std::string& hour,
                    TimePoint deadline) {
  for (const ObjectEntry& entry :
       store.list(layout.replacements_prefix(), "", kRemovedMax, deadline)) {
    if (layout.hour_of(entry.key) < hour) store.remove(entry.key, deadline);
  }
}

}  // namespace

ReplacementOutcome ask_for_replacement(Node& node, Store& store, const Clock& clock,
                                       const FleetLayout& layout, std::uint32_t per_hour,
                                       const std::string& reason) {
  const TimePoint deadline = clock.now() + kStoreTime;
  const std::string hour = to_text(clock.wall()).substr(0, kHourDigits);
  bool granted = false;
  for (std::uint32_t number = 1; number <= per_hour && !granted; ++number) {
    granted =
        store.create(layout.replacement(hour, number), "", deadline) == CreateOutcome::created;
  }
  if (!granted) return ReplacementOutcome::budget_spent;
  remove_earlier(store, layout, hour, deadline);
  node.replace(reason, clock.now() + kNodeTime);
  return ReplacementOutcome::asked;
}

}  // namespace holdfast
