// For files that print JSON: the library's header is heavy.
#pragma once

#include <nlohmann/json.hpp>

#include "core/cost.h"
#include "core/time_account.h"

namespace holdfast {

// Its parts and what was paid, in seconds (docs/formats.md).
inline nlohmann::ordered_json json_of(const TimeAccount& account) {
  constexpr double kSecond = 1000;
  nlohmann::ordered_json json = {{"paid", static_cast<double>(account.paid()) / kSecond}};
  for (const TimePart& part : parts_of(account)) {
    json[part.name] = static_cast<double>(part.milliseconds) / kSecond;
  }
  return json;
}

// {"paid", "lost", "useful_hour"} in dollars; null without a price, or without a useful hour.
inline nlohmann::ordered_json cost_json(const TimeAccount& spent, std::optional<double> price) {
  if (!price) return nullptr;
  const Cost cost = cost_of(spent, *price);
  nlohmann::ordered_json json = {
      {"paid", cost.paid}, {"lost", cost.lost}, {"useful_hour", nullptr}};
  if (cost.useful_hour) json["useful_hour"] = *cost.useful_hour;
  return json;
}

}  // namespace holdfast
