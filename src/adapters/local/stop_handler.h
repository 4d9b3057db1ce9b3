// Whether a process handles or blocks SIGTERM, so that it may answer one by an orderly end. The
// kernel forgets that when the process ends, and many programs set their handler only after a
// while, so it is looked at while the process runs: often at first, then every second, until seen.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "base/time.h"

namespace holdfast {

// One thread.
class StopHandler {
 public:
  StopHandler(const std::filesystem::path& proc, pid_t process, TimePoint now);

  // When look_if_due() has something to do; nullopt: never again.
  std::optional<TimePoint> due() const { return seen_ ? std::nullopt : std::optional(due_); }
  void look_if_due(TimePoint now);

  bool seen() const noexcept { return seen_; }

 private:
  const std::filesystem::path status_;
  Duration pause_;
  TimePoint due_;
  bool seen_ = false;
};

}  // namespace holdfast
