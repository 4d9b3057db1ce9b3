#include "adapters/amqp/busy_workers.h"

#include <set>

#include <nlohmann/json.hpp>

namespace holdfast {

namespace {

using Json = nlohmann::json;

std::optional<Json> list_at(const FetchFromManagement& fetch, const std::string& path) {
  const auto body = fetch(path);
  if (!body) return std::nullopt;
  Json json = Json::parse(*body, nullptr, false);
  if (!json.is_array()) return std::nullopt;
  return json;
}

// A channel that is just opened or closed lacks some of its members.
std::string text_at(const Json& object, const Json::json_pointer& where) {
  if (!object.contains(where) || !object.at(where).is_string()) return {};
  return object.at(where).get<std::string>();
}

}  // namespace

std::optional<std::vector<std::string>> busy_workers(const FetchFromManagement& fetch,
                                                     const std::string& vhost) {
  const std::string where = "/api/vhosts/" + percent_encode(vhost);
  const auto channels = list_at(fetch, where + "/channels");
  const auto connections = list_at(fetch, where + "/connections");
  if (!channels || !connections) return std::nullopt;
  std::set<std::string> holding;
  for (const Json& channel : *channels) {
    const Json::json_pointer held("/messages_unacknowledged");
    const bool holds = channel.contains(held) && channel.at(held).is_number_unsigned() &&
                       channel.at(held).get<std::uint64_t>() > 0;
    if (holds) holding.insert(text_at(channel, Json::json_pointer("/connection_details/name")));
  }
  std::vector<std::string> workers;
  for (const Json& connection : *connections) {
    if (!holding.contains(text_at(connection, Json::json_pointer("/name")))) continue;
    workers.push_back(
        text_at(connection, Json::json_pointer("/client_properties/connection_name")));
  }
  return workers;
}

}  // namespace holdfast
