#include "adapters/amqp/holding_workers.h"

#include <algorithm>
#include <map>

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

std::uint64_t number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_number_unsigned() ? 0 : found->get<std::uint64_t>();
}

// Whether this user is shown the connections of all.
bool sees_all(const FetchFromManagement& fetch) {
  const Json user = Json::parse(fetch("/api/whoami").value_or(""), nullptr, false);
  if (!user.is_object() || !user.contains("tags")) return false;
  const std::string tags = user.at("tags").dump();  // A list, or before 3.9 words with commas.
  return tags.find("monitoring") != tags.npos || tags.find("administrator") != tags.npos;
}

}  // namespace

std::optional<std::vector<HoldingWorker>> holding_workers(const FetchFromManagement& fetch,
                                                          const std::string& vhost) {
  if (!sees_all(fetch)) return std::nullopt;
  const std::string where = "/api/vhosts/" + percent_encode(vhost);
  const auto channels = list_at(fetch, where + "/channels");
  const auto connections = list_at(fetch, where + "/connections");
  if (!channels || !connections) return std::nullopt;
  std::map<std::string, bool> waits;  // By the name of a connection that holds messages.
  for (const Json& channel : *channels) {
    if (number_at(channel, "messages_unacknowledged") == 0) continue;
    const auto name = text_at(channel, Json::json_pointer("/connection_details/name"));
    bool& all = waits.try_emplace(name, true).first->second;
    all = all && number_at(channel, "consumer_count") > 0;
  }
  std::vector<HoldingWorker> workers;
  for (const auto& [name, all] : waits) {
    const auto connection = std::ranges::find_if(*connections, [&](const Json& one) {
      return text_at(one, Json::json_pointer("/name")) == name;
    });
    // One that has just come or gone may be anybody.
    const Json known = connection == connections->end() ? Json::object() : *connection;
    const bool ours =
        text_at(known, Json::json_pointer("/client_properties/product")) == "holdfast";
    workers.push_back(
        {text_at(known, Json::json_pointer("/client_properties/connection_name")), ours && all});
  }
  return workers;
}

}  // namespace holdfast
