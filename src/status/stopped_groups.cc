#include "status/stopped_groups.h"

#include "core/text.h"

namespace holdfast {

std::vector<StoppedGroup> stopped_groups(const std::map<std::string, GroupStop>& stops,
                                         std::optional<std::uint64_t> held) {
  std::vector<StoppedGroup> groups;
  for (const auto& [name, stop] : stops) {
    groups.push_back({name, stop, stops.size() == 1 ? held : std::nullopt});
  }
  return groups;
}

std::string for_people(const StoppedGroup& group) {
  std::string text =
      "Group " + group.name + " stopped at " + group.stop.when + ", when " +
      grouped(group.stop.dead) +
      (group.stop.dead == 1 ? " of its jobs was dead; " : " of its jobs were dead; ");
  if (group.held) {
    text += grouped(*group.held) + (*group.held == 1 ? " job is held" : " jobs are held");
  } else {
    text += "its jobs that do not run are held";
  }
  return text + ". Fix the cause, then resume it: holdfast resume --group " + group.name;
}

}  // namespace holdfast
