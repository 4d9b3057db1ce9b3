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
                                                     const std::string& vhost,
                                                     const std::string& queue) {
  const std::string where = percent_encode(vhost);
  const auto channels = list_at(fetch, "/api/vhosts/" + where + "/channels");
  const auto consumers = list_at(fetch, "/api/consumers/" + where);
  if (!channels || !consumers) return std::nullopt;
  std::set<std::string> holding;
  for (const Json& channel : *channels) {
    const Json::json_pointer held("/messages_unacknowledged");
    const bool holds = channel.contains(held) && channel.at(held).is_number_unsigned() &&
                       channel.at(held).get<std::uint64_t>() > 0;
    if (holds) holding.insert(text_at(channel, Json::json_pointer("/name")));
  }
  std::vector<std::string> workers;
  for (const Json& consumer : *consumers) {
    if (text_at(consumer, Json::json_pointer("/queue/name")) != queue) continue;
    if (!holding.contains(text_at(consumer, Json::json_pointer("/channel_details/name")))) continue;
    workers.push_back(text_at(consumer, Json::json_pointer("/consumer_tag")));
  }
  return workers;
}

}  // namespace holdfast
