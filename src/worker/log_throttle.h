// What is tried again every few seconds is logged when it begins to fail, and then seldom: an
// outage of a night would fill the log with one sentence.
#pragma once

#include <optional>

#include "base/log.h"
#include "base/time.h"
#include "holdfast/error.h"

namespace holdfast {

class LogThrottle {
 public:
  static constexpr Duration kEvery = std::chrono::minutes(5);

  // Whether a failure of this kind is worth a line now.
  bool due(TimePoint now, ErrorKind kind) {
    if (told_at_ && kind == kind_ && now - *told_at_ < kEvery) return false;
    told_at_ = now;
    kind_ = kind;
    return true;
  }
  void reset() noexcept { told_at_.reset(); }

 private:
  std::optional<TimePoint> told_at_;
  ErrorKind kind_{};
};

// `due`: as of LogThrottle. Refused access is an error, because it lasts until a person acts.
inline LogLevel level_of_failure(ErrorKind kind, bool due) {
  if (!due) return LogLevel::debug;
  return kind == ErrorKind::denied ? LogLevel::error : LogLevel::warn;
}

}  // namespace holdfast
