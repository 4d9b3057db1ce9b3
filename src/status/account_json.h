// For files that print JSON: the library's header is heavy.
#pragma once

#include <nlohmann/json.hpp>

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

}  // namespace holdfast
