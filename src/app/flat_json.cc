#include "app/flat_json.h"

#include <nlohmann/json.hpp>

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

// Deeper values are written as JSON into one cell.
constexpr int kDepthMax = 8;

std::string text_of(const Json& json) {
  if (json.is_null()) return {};
  if (json.is_string()) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add(std::vector<std::pair<std::string, std::string>>& values, const std::string& prefix,
         const Json& object, int depth) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object() && depth < kDepthMax) {
      add(values, prefix + key + ".", value, depth + 1);
    } else {
      values.emplace_back(prefix + key, text_of(value));
    }
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> flat_values(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> values;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) add(values, "", json, 0);
  return values;
}

std::string single_value(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_string() ? json.get<std::string>() : std::string(text);
}

}  // namespace holdfast
