#include "operate/operate_json.h"

#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

// What came from outside may be no UTF-8.
std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json number_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? Json(number) : Json(nullptr);
}

}  // namespace

std::string to_json(const DeadLetterView& view, const DeadLetter& letter) {
  Json json;
  json["name"] = view.name;
  json["job_id"] = view.job ? Json(view.job->text()) : Json(nullptr);
  json["reason"] = view.reason;
  json["error"] = view.error;
  json["worker"] = view.worker;
  json["attempts"] = number_in(view.attempts);
  json["when"] = view.when;
  json["message_id"] = letter.message_id;
  json["bytes"] = letter.body.size();
  json["whole"] = letter.whole;
  return dump(json);
}

std::string to_json(const KeptCheckpoint& checkpoint) {
  Json json = {{"generation", checkpoint.ref.generation.value},
               {"attempt", checkpoint.ref.attempt.value},
               {"bytes", checkpoint.ref.size_bytes},
               {"when", checkpoint.when}};
  if (checkpoint.verified) {
    json["state"] = checkpoint.damage.empty() ? "whole" : "damaged";
    json["error"] = checkpoint.damage;
  }
  return dump(json);
}

std::string cancel_json(const std::string& job, const std::string& outcome, const std::string& was,
                        const std::string& worker) {
  return dump(Json{{"job_id", job}, {"outcome", outcome}, {"was", was}, {"worker", worker}});
}

std::string rerun_json(const std::string& job, const std::string& outcome, const std::string& was) {
  return dump(Json{{"job_id", job}, {"outcome", outcome}, {"was", was}});
}

std::string forget_json(const std::string& job, const std::string& outcome, const std::string& was,
                        const std::string& worker, const Remains& remains) {
  return dump(Json{{"job_id", job},
                   {"outcome", outcome},
                   {"was", was},
                   {"worker", worker},
                   {"objects", remains.objects},
                   {"bytes", remains.bytes}});
}

std::string json_text(const std::string& text) {
  return dump(Json(text));
}

}  // namespace holdfast
