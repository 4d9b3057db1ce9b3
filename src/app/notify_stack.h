// All that tells people what became of jobs, built from a command's options.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/notice/notice_courier.h"
#include "app/config.h"
#include "app/settings.h"
#include "notify/notifier.h"
#include "worker/context.h"

namespace holdfast {

// With the key that signs what is sent (HOLDFAST_NOTIFY_KEY), which is shown nowhere.
NoticeCourier make_courier(const Settings& settings, const StoreConfig& place, NotifyRules rules,
                           const Clock& clock);

// A wish in the store begins so long before it is made: the clocks of machines differ.
inline constexpr Duration kClocksDiffer = std::chrono::minutes(10);

class NotifyStack {
 public:
  // `group`: of jobs whose message names none. Borrows store and clock.
  NotifyStack(NoticeCourier courier, Store& store, const Clock& clock, const FleetLayout& layout,
              std::vector<NotifyTarget> own, std::string group, Notifier::Begin begin);
  NotifyStack(const NotifyStack&) = delete;
  NotifyStack& operator=(const NotifyStack&) = delete;

  EndTeller teller();
  // Waits a little for the last ones, and tells the person of those that are left. Once.
  void finish(const std::string& how_to_send_them);

 private:
  NoticeCourier courier_;
  const std::string group_;
  Notifier notifier_;
};

}  // namespace holdfast
