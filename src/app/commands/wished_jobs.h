// Which jobs somebody wants to be told of, and by which group: for messages that are made anew.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fleet_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class WishedJobs {
 public:
  // Borrows store and clock.
  WishedJobs(Store& store, const Clock& clock, FleetLayout layout)
      : store_(store), clock_(clock), layout_(std::move(layout)) {}

  // The headers of its message. The first call reads the store: one listing where nobody wishes
  // anything. Throws Error.
  std::vector<std::pair<std::string, std::string>> headers_of(const std::string& job);

 private:
  Store& store_;
  const Clock& clock_;
  const FleetLayout layout_;
  std::optional<std::map<std::string, std::string>> groups_;  // By job.
};

}  // namespace holdfast
