#include "core/time_account.h"

#include <algorithm>

#include "base/wall_time.h"
#include "core/record.h"
#include "core/text.h"

namespace holdfast {

namespace {

std::string length_text(double milliseconds) {
  constexpr double kSecond = 1000;
  constexpr double kMinute = 60 * kSecond;
  constexpr double kHour = 60 * kMinute;
  if (milliseconds < 2 * kMinute) return decimal(milliseconds / kSecond, 1) + " s";
  if (milliseconds < 2 * kHour) return decimal(milliseconds / kMinute, 1) + " min";
  return decimal(milliseconds / kHour, 1) + " h";
}

}  // namespace

TimeAccount& TimeAccount::operator+=(const TimeAccount& other) {
  useful += other.useful;
  restoring += other.restoring;
  frozen += other.frozen;
  storing += other.storing;
  lost += other.lost;
  failed += other.failed;
  return *this;
}

std::array<TimePart, 6> parts_of(const TimeAccount& account) {
  return {{{"useful", account.useful},
           {"lost", account.lost},
           {"failed", account.failed},
           {"restoring", account.restoring},
           {"frozen", account.frozen},
           {"storing", account.storing}}};
}

std::string goodput_text(const TimeAccount& account) {
  constexpr double kAll = 100;
  constexpr double kShown = 0.05;  // Less would be shown as 0.0 %.
  const auto paid = static_cast<double>(account.paid());
  if (paid <= 0) return {};
  std::string text;
  for (const TimePart& part : parts_of(account)) {
    const double share = kAll * static_cast<double>(part.milliseconds) / paid;
    if (text.empty()) {
      text = decimal(share, 1) + " % of " + length_text(paid);
    } else if (share >= kShown) {
      text += (text.find(':') == std::string::npos ? ": " : ", ") + std::string(part.name) + " " +
              decimal(share, 1) + " %";
    }
  }
  return text;
}

TimeAccount account_of_lost(const Record& newest, const std::string& when) {
  TimeAccount account = newest.running;
  const auto durable = wall_time_from(newest.progress.as_of);
  const auto gone = wall_time_from(when);
  if (!durable || !gone) return account;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(*gone - *durable);
  const auto every = static_cast<std::int64_t>(newest.progress.every_milliseconds);
  const auto stored = static_cast<std::int64_t>(newest.progress.stored_milliseconds);
  const bool outlived = every > 0 && since.count() > stored + every;
  const std::int64_t lived = outlived ? stored + every / 2 : since.count();
  account.lost += static_cast<std::uint64_t>(std::max<std::int64_t>(lived, 0));
  return account;
}

}  // namespace holdfast
