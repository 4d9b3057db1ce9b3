#include "worker/group_guard.h"

#include <charconv>
#include <utility>

#include "base/log.h"
#include "core/group.h"
#include "core/job.h"
#include "holdfast/error.h"

namespace holdfast {

// What stands in a message comes from outside.
std::optional<GroupGuard::Wish> GroupGuard::wish_of(const Delivery& delivery) const {
  if (!settings_.stops) return std::nullopt;
  Wish wish;
  for (const auto& [name, value] : delivery.headers) {
    if (name == kGroupHeader && what_is_wrong_with_group(value).empty()) wish.group = value;
    if (name == kMaxDeadHeader) {
      std::from_chars(value.data(), value.data() + value.size(), wish.max_dead);
    }
  }
  if (wish.group.empty() || wish.max_dead == 0) return std::nullopt;
  return wish;
}

bool GroupGuard::stopped(const Delivery& delivery) {
  const auto wish = wish_of(delivery);
  if (!wish) return false;
  const auto seen = goes_on_.find(wish->group);
  if (seen != goes_on_.end() && ports_.clock.now() < seen->second + kStands) return false;
  return stopped_now(delivery);
}

bool GroupGuard::stopped_now(const Delivery& delivery) {
  const auto wish = wish_of(delivery);
  if (!wish) return false;
  try {
    const auto stop = GroupStops(ports_.store, ports_.clock, *settings_.stops).find(wish->group);
    if (!stop) {
      goes_on_[wish->group] = ports_.clock.now();
      return false;
    }
    if (std::exchange(told_[wish->group], stop->when) != stop->when) say_stopped(*wish, *stop);
    return true;
  } catch (const Error& error) {
    log(LogLevel::warn, "not known whether a group has stopped",
        {{"group", wish->group}, {"error", error.what()}});
    return false;
  }
}

void GroupGuard::note_dead(const std::string& job, const Delivery& delivery) {
  const auto wish = wish_of(delivery);
  if (!wish || !JobId::parse(job)) return;
  try {
    const auto stop = GroupStops(ports_.store, ports_.clock, *settings_.stops)
                          .note_dead(wish->group, job, wish->max_dead);
    goes_on_.erase(wish->group);
    if (!stop) return;
    told_[wish->group] = stop->when;
    say_stopped(*wish, *stop);
  } catch (const Error& error) {
    log(LogLevel::warn, "dead job not counted for its group",
        {{"group", wish->group}, {"job", job}, {"error", error.what()}});
  }
}

void GroupGuard::say_stopped(const Wish& wish, const GroupStop& stop) const {
  log(LogLevel::error, "group stopped, holdfast resume lets it go on",
      {{"group", wish.group}, {"dead", stop.dead}, {"max_dead", wish.max_dead}});
}

}  // namespace holdfast
