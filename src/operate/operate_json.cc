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

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

const char* word(SetupFinding::Outcome outcome) {
  switch (outcome) {
    case SetupFinding::Outcome::created:
      return "created";
    case SetupFinding::Outcome::as_wanted:
      return "as_wanted";
    case SetupFinding::Outcome::different:
      return "different";
  }
  return "";
}

const char* word(Redriven outcome) {
  switch (outcome) {
    case Redriven::requeued:
      return "requeued";
    case Redriven::completed_already:
      return "completed";
    case Redriven::forgotten:
      return "forgotten";
    case Redriven::was_cancelled:
      return "cancelled";
    case Redriven::no_such_checkpoint:
      return "no_checkpoint";
    case Redriven::not_dead:
      return "not_dead";
    case Redriven::without_message:
      return "without_message";
    case Redriven::damaged:
      return "damaged";
  }
  return "";
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

std::string resume_json(const std::string& group, bool had_stopped, std::uint64_t requeued) {
  return dump({{"group", group}, {"had_stopped", had_stopped}, {"requeued", requeued}});
}

std::string rerun_json(const std::string& job, const std::string& outcome, const std::string& was) {
  return dump(Json{{"job_id", job}, {"outcome", outcome}, {"was", was}});
}

std::string to_json(const SetupFinding& finding) {
  return dump(Json{{"queue", finding.queue},
                   {"outcome", word(finding.outcome)},
                   {"differences", finding.differences},
                   {"losses", finding.losses}});
}

std::string to_json(const RedriveNews& news) {
  return dump(Json{
      {"name", news.name}, {"outcome", word(news.outcome)}, {"error", text_or_null(news.detail)}});
}

std::string drop_json(const std::string& name, const std::string& outcome,
                      const std::string& error) {
  return dump(Json{{"name", name}, {"outcome", outcome}, {"error", text_or_null(error)}});
}

std::string restored_json(const std::string& job, const CheckpointRef& checkpoint,
                          const std::string& directory, bool newest) {
  return dump(Json{{"job_id", job},
                   {"generation", checkpoint.generation.value},
                   {"attempt", checkpoint.attempt.value},
                   {"bytes", checkpoint.size_bytes},
                   {"directory", directory},
                   {"newest", newest}});
}

std::string pruned_json(const std::string& job, bool removed, const Unneeded& went,
                        const std::string& error) {
  return dump(Json{{"job_id", job},
                   {"removed", removed},
                   {"objects", went.objects},
                   {"bytes", went.bytes},
                   {"uploads", went.uploads},
                   {"error", text_or_null(error)}});
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
