// A record as JSON, one line. The fields are described in docs/formats.md.
#include <nlohmann/json.hpp>

#include "core/record.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

constexpr std::array kStates = {JobState::waiting, JobState::running, JobState::completed,
                                JobState::dead, JobState::cancelled};
constexpr std::array kKinds = {RecordKind::claimed, RecordKind::checkpointed, RecordKind::asked,
                               RecordKind::answered, RecordKind::ended, RecordKind::completed,
                               RecordKind::dead, RecordKind::cancelled};

template <typename Word, std::size_t N>
Word word_from(const std::array<Word, N>& words, const std::string& text) {
  for (const Word word : words) {
    if (to_text(word) == text) return word;
  }
  throw Error(ErrorKind::corrupt, "a log record has the unknown word \"" + text + "\"");
}

Json json_of(const CheckpointRef& ref) {
  return {{"generation", ref.generation.value},
          {"attempt", ref.attempt.value},
          {"manifest", ref.manifest_digest},
          {"bytes", ref.size_bytes}};
}

CheckpointRef checkpoint_from(const Json& json) {
  return {{json.at("generation").get<std::uint64_t>()},
          {json.at("attempt").get<std::uint64_t>()},
          json.at("manifest").get<std::string>(),
          json.at("bytes").get<std::uint64_t>()};
}

Json json_of(const EndingNote& note) {
  return {{"attempt", note.attempt.value},
          {"ending", to_text(note.ending)},
          {"worker", note.worker},
          {"detail", note.detail},
          {"when", note.when}};
}

EndingNote ending_from(const Json& json) {
  const auto ending = ending_from_text(json.at("ending").get<std::string>());
  if (!ending) throw Error(ErrorKind::corrupt, "a log record names an unknown ending");
  return {{json.at("attempt").get<std::uint64_t>()},
          *ending,
          json.at("worker").get<std::string>(),
          json.at("detail").get<std::string>(),
          json.at("when").get<std::string>()};
}

Json json_of(const Progress& progress) {
  Json json = Json::object();
  if (progress.fraction) json["fraction"] = *progress.fraction;
  if (progress.step) json["step"] = *progress.step;
  if (!progress.status.empty()) json["status"] = progress.status;
  return json;
}

Progress progress_from(const Json& json) {
  Progress progress;
  if (json.contains("fraction")) progress.fraction = json["fraction"].get<double>();
  if (json.contains("step")) progress.step = json["step"].get<std::uint64_t>();
  progress.status = json.value("status", "");
  return progress;
}

Record record_from(const Json& json) {
  if (json.at("format").get<int>() != kFormat) {
    throw Error(ErrorKind::corrupt,
                "a log record has a format that this version does not know; use a newer holdfast");
  }
  Record record;
  record.number = json.at("number").get<std::uint64_t>();
  record.kind = word_from(kKinds, json.at("kind").get<std::string>());
  record.state = word_from(kStates, json.at("state").get<std::string>());
  record.attempt.value = json.at("attempt").get<std::uint64_t>();
  record.attempt_id = json.at("attempt_id").get<std::string>();
  record.worker = json.at("worker").get<std::string>();
  record.message_id = json.at("message_id").get<std::string>();
  record.signs_of_life = json.at("signs_of_life").get<std::uint64_t>();
  record.generation.value = json.at("generation").get<std::uint64_t>();
  for (const Json& ref : json.at("checkpoints")) record.checkpoints.push_back(checkpoint_from(ref));
  record.failures_since_progress = json.at("failures_since_progress").get<std::uint32_t>();
  record.attempts_since_progress = json.at("attempts_since_progress").get<std::uint32_t>();
  record.progress = progress_from(json.at("progress"));
  for (const Json& note : json.at("endings")) record.endings.push_back(ending_from(note));
  record.outputs_digest = json.value("outputs", "");
  record.reason = json.value("reason", "");
  record.asker = json.value("asker", "");
  record.job = json.value("job", "");
  record.when = json.at("when").get<std::string>();
  return record;
}

}  // namespace

std::string to_json(const Record& record) {
  Json json = {{"format", kFormat},
               {"number", record.number},
               {"kind", to_text(record.kind)},
               {"state", to_text(record.state)},
               {"attempt", record.attempt.value},
               {"attempt_id", record.attempt_id},
               {"worker", record.worker},
               {"message_id", record.message_id},
               {"signs_of_life", record.signs_of_life},
               {"generation", record.generation.value}};
  json["checkpoints"] = Json::array();
  for (const CheckpointRef& ref : record.checkpoints) json["checkpoints"].push_back(json_of(ref));
  json["failures_since_progress"] = record.failures_since_progress;
  json["attempts_since_progress"] = record.attempts_since_progress;
  json["progress"] = json_of(record.progress);
  json["endings"] = Json::array();
  for (const EndingNote& note : record.endings) json["endings"].push_back(json_of(note));
  if (!record.outputs_digest.empty()) json["outputs"] = record.outputs_digest;
  if (!record.reason.empty()) json["reason"] = record.reason;
  if (!record.asker.empty()) json["asker"] = record.asker;
  if (!record.job.empty()) json["job"] = record.job;
  json["when"] = record.when;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Record record_from_json(std::string_view bytes) {
  try {
    return record_from(Json::parse(bytes));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::corrupt, std::string("a log record cannot be read: ") + error.what());
  }
}

}  // namespace holdfast
