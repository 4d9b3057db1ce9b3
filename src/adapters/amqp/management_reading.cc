#include "adapters/amqp/management_reading.h"

#include <charconv>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using Json = nlohmann::json;

// nullptr if there is none.
const Json* member(const Json& json, const char* name) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(name);
  return found == json.end() ? nullptr : &*found;
}

std::optional<std::int64_t> number_in(const Json* json, const char* name) {
  const Json* value = json == nullptr ? nullptr : member(*json, name);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return value->get<std::int64_t>();
}

std::optional<std::string> text_in(const Json* json, const char* name) {
  const Json* value = json == nullptr ? nullptr : member(*json, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

// The members of an object that are texts or numbers.
std::map<std::string, std::string> texts_in(const Json* json) {
  std::map<std::string, std::string> texts;
  if (json == nullptr || !json->is_object()) return texts;
  for (const auto& [name, value] : json->items()) {
    if (value.is_string()) texts[name] = value.get<std::string>();
    if (value.is_number()) texts[name] = value.dump();
  }
  return texts;
}

// A number of milliseconds, or "undefined" for none at all.
std::optional<HoldLimit> limit_of(const Json& consumer) {
  if (const auto milliseconds = number_in(&consumer, "consumer_timeout")) {
    return HoldLimit{HoldLimit::Known::limited, std::chrono::milliseconds(*milliseconds)};
  }
  if (text_in(&consumer, "consumer_timeout") == "undefined") {
    return HoldLimit{HoldLimit::Known::none, {}};
  }
  return std::nullopt;
}

}  // namespace

std::optional<ManagedQueue> managed_queue(const FetchFromManagement& fetch, const AmqpUrl& url,
                                          const std::string& queue) {
  if (!fetch) return std::nullopt;
  const auto body = fetch("/api/queues/" + percent_encode(url.vhost) + "/" + percent_encode(queue));
  return body ? read_managed_queue(*body) : std::nullopt;
}

std::optional<ManagedQueue> read_managed_queue(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const Json* arguments = member(json, "arguments");
  const Json* policy = member(json, "effective_policy_definition");
  ManagedQueue queue;
  queue.in_flight = number_in(&json, "messages_unacknowledged");
  queue.timeout_argument = number_in(arguments, "x-consumer-timeout");
  queue.timeout_policy = number_in(policy, "consumer-timeout");
  queue.delivery_limit = number_in(policy, "delivery-limit");
  queue.arguments = texts_in(arguments);
  queue.policy = texts_in(policy);
  for (const char* name : {"durable", "auto_delete", "exclusive"}) {
    const Json* value = member(json, name);
    if (value != nullptr && value->is_boolean()) queue.properties[name] = value->get<bool>();
  }
  for (const char* name : {"policy", "operator_policy"}) {
    const auto text = text_in(&json, name);
    if (!text || text->empty() || *text == "none") continue;
    queue.policy_name += (queue.policy_name.empty() ? "" : " or ") + *text;
  }
  queue.dead_letter_exchange = text_in(policy, "dead-letter-exchange");
  queue.dead_letter_key = text_in(policy, "dead-letter-routing-key");
  if (const Json* consumers = member(json, "consumer_details"); consumers != nullptr) {
    if (consumers->is_array() && !consumers->empty())
      queue.consumers = limit_of(consumers->front());
  }
  return queue;
}

std::optional<HoldLimit> read_consumer_limit(std::string_view body, std::string_view queue) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_array()) return std::nullopt;
  for (const Json& consumer : json) {
    if (text_in(member(consumer, "queue"), "name") == queue) return limit_of(consumer);
  }
  return std::nullopt;
}

BrokerVersion read_version(std::string_view text) {
  BrokerVersion version;
  const char* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {};
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  return minor.ec == std::errc() ? version : BrokerVersion{};
}

}  // namespace holdfast
