// Groups that stopped because too many of their jobs died, as a person is told of them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "index/group_stops.h"

namespace holdfast {

struct StoppedGroup {
  std::string name;
  GroupStop stop;
  std::optional<std::uint64_t> held;  // Its jobs on hold; nullopt: unknown, several have stopped.
};

// `stops`: of one queue; `held`: jobs that it holds, whichever group they belong to.
std::vector<StoppedGroup> stopped_groups(const std::map<std::string, GroupStop>& stops,
                                         std::optional<std::uint64_t> held);

// A sentence: which, why, what is held, and what to do.
std::string for_people(const StoppedGroup& group);

}  // namespace holdfast
