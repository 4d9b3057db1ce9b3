#include "status/job_entry_json.h"

#include <optional>

#include <nlohmann/json.hpp>

#include "status/account_json.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json json_of(const IndexEntry& job, std::int64_t now) {
  return {{"job_id", job.job},
          {"state", to_text(job.state)},
          {"reason", or_null(job.reason)},
          {"attempt", job.attempt},
          {"generation", job.generation},
          {"failures_since_progress", job.failures},
          {"progress", or_null(job.fraction)},
          {"step", or_null(job.step)},
          {"lag_seconds", or_null(lag_of(job, now))},
          {"ran_seconds", job.ran_seconds},
          {"spent", json_of(job.spent)},
          {"last_ending", or_null(job.ending)},
          {"worker", or_null(job.worker)},
          {"changed", job.changed == 0 ? Json(nullptr) : Json(job.changed)}};
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const IndexEntry& job, std::int64_t now,
                    const std::map<std::string, std::string>* fields) {
  Json json = json_of(job, now);
  if (fields != nullptr) {
    Json& own = json["fields"] = Json::object();
    for (const auto& [name, value] : *fields) own[name] = value;
  }
  return line_of(json);
}

std::string unclaimed_json(const std::string& job) {
  Json json = json_of({.job = job}, 0);
  json["state"] = kUnclaimed;
  return line_of(json);
}

}  // namespace holdfast
