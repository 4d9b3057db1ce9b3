#include "app/dashboard/action_json.h"

#include <nlohmann/json.hpp>

namespace holdfast {

using Json = nlohmann::ordered_json;

std::optional<std::vector<std::string>> names_in_request(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("jobs") || !json["jobs"].is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& one : json["jobs"]) {
    if (!one.is_string()) return std::nullopt;
    names.push_back(one.get<std::string>());
  }
  return names;
}

std::string to_json(const std::vector<DashboardActions::Outcome>& outcomes) {
  Json array = Json::array();
  for (const auto& one : outcomes) {
    array.push_back({{"job_id", one.job}, {"done", one.done}, {"text", one.text}});
  }
  return Json{{"outcomes", std::move(array)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace holdfast
