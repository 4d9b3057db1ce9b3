// What needs a person, for files that print JSON: the library's header is heavy.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "core/unfit_notice.h"
#include "status/stopped_groups.h"

namespace holdfast {

// [{"group", "dead", "when", "held" (null: unknown)}]
inline nlohmann::ordered_json stopped_json(const std::vector<StoppedGroup>& groups) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const StoppedGroup& one : groups) {
    json.push_back({{"group", one.name},
                    {"dead", one.stop.dead},
                    {"when", one.stop.when},
                    {"held", one.held ? nlohmann::ordered_json(*one.held) : nullptr}});
  }
  return json;
}

// [{"worker", "reason", "when"}]
inline nlohmann::ordered_json unfit_json(const std::vector<UnfitNotice>& notices) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const UnfitNotice& one : notices) {
    json.push_back({{"worker", one.worker}, {"reason", one.reason}, {"when", one.when}});
  }
  return json;
}

}  // namespace holdfast
