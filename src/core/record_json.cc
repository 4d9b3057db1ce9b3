// A record as JSON, one line. The fields are described in docs/formats.md.
#include <charconv>

#include <nlohmann/json.hpp>

#include "core/json_read.h"
#include "core/record.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::size_t kContentDigits = 16;

constexpr std::array kStates = {JobState::waiting, JobState::running, JobState::completed,
                                JobState::dead, JobState::cancelled};
constexpr std::array kKinds = {
    RecordKind::claimed,  RecordKind::checkpointed, RecordKind::asked,
    RecordKind::answered, RecordKind::ended,        RecordKind::completed,
    RecordKind::dead,     RecordKind::cancelled,    RecordKind::redriven};

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
  return {{whole_number<std::uint64_t>(json.at("generation"))},
          {whole_number<std::uint64_t>(json.at("attempt"))},
          digest_in(json.at("manifest")),
          whole_number<std::uint64_t>(json.at("bytes"))};
}

constexpr std::size_t kAccountParts = 6;

// In the order of its fields.
Json json_of(const TimeAccount& account) {
  return {account.useful,  account.restoring, account.frozen,
          account.storing, account.lost,      account.failed};
}

// Records of older versions do not have it.
TimeAccount account_in(const Json& json, const char* key) {
  if (!json.contains(key)) return {};
  const Json& parts = list_in(json[key]);
  require_json(parts.size() == kAccountParts, "an account of time has other parts");
  std::array<std::uint64_t, kAccountParts> ms{};
  for (std::size_t i = 0; i < kAccountParts; ++i) ms[i] = whole_number<std::uint64_t>(parts[i]);
  return {ms[0], ms[1], ms[2], ms[3], ms[4], ms[5]};
}

Json json_of(const EndingNote& note) {
  Json json = {{"attempt", note.attempt.value},
               {"ending", to_text(note.ending)},
               {"worker", note.worker},
               {"detail", note.detail},
               {"when", note.when},
               {"ran_s", note.ran_seconds},
               {"resumed", note.resumed.value}};
  if (note.spent != TimeAccount{}) json["spent_ms"] = json_of(note.spent);
  return json;
}

// Records of older versions do not have it.
template <typename Number = std::uint64_t>
Number optional_number(const Json& json, const char* key) {
  return json.contains(key) ? whole_number<Number>(json[key]) : Number{0};
}

EndingNote ending_from(const Json& json) {
  const auto ending = ending_from_text(json.at("ending").get<std::string>());
  if (!ending) throw Error(ErrorKind::corrupt, "a log record names an unknown ending");
  return {{whole_number<std::uint64_t>(json.at("attempt"))},
          *ending,
          json.at("worker").get<std::string>(),
          json.at("detail").get<std::string>(),
          json.at("when").get<std::string>(),
          optional_number(json, "ran_s"),
          {optional_number(json, "resumed")},
          account_in(json, "spent_ms")};
}

Json json_of(const Progress& progress) {
  Json json = Json::object();
  if (progress.fraction) json["fraction"] = *progress.fraction;
  if (progress.step) json["step"] = *progress.step;
  if (!progress.status.empty()) json["status"] = progress.status;
  if (!progress.as_of.empty()) json["as_of"] = progress.as_of;
  if (progress.ran_seconds > 0) json["ran_s"] = progress.ran_seconds;
  if (progress.every_milliseconds > 0) json["every_ms"] = progress.every_milliseconds;
  if (progress.stored_milliseconds > 0) json["stored_ms"] = progress.stored_milliseconds;
  return json;
}

std::optional<double> fraction_from(const Json& json) {
  if (!json.contains("fraction")) return std::nullopt;
  const double fraction = json["fraction"].get<double>();
  require_json(fraction >= 0 && fraction <= 1, "more progress than all");
  return fraction;
}

Progress progress_from(const Json& json) {
  Progress progress;
  progress.fraction = fraction_from(json);
  if (json.contains("step")) progress.step = whole_number<std::uint64_t>(json["step"]);
  progress.status = json.value("status", "");
  progress.as_of = json.value("as_of", "");
  progress.ran_seconds = optional_number(json, "ran_s");
  progress.every_milliseconds = optional_number(json, "every_ms");
  progress.stored_milliseconds = optional_number(json, "stored_ms");
  // Before, whole seconds were written.
  constexpr std::uint64_t kSecond = 1000;
  const std::uint64_t every_seconds = optional_number(json, "every_s");
  if (progress.every_milliseconds == 0 && every_seconds <= UINT32_MAX) {
    progress.every_milliseconds = every_seconds * kSecond;
  }
  return progress;
}

Json json_of(const Reached& reached) {
  Json json = Json::object();
  if (reached.fraction) json["fraction"] = *reached.fraction;
  if (reached.step) json["step"] = *reached.step;
  return json;
}

Reached reached_from(const Json& json) {
  Reached reached;
  reached.fraction = fraction_from(json);
  if (json.contains("step")) reached.step = whole_number<std::uint64_t>(json["step"]);
  return reached;
}

Json json_of(const Epoch& epoch) {
  Json json = {{"number", epoch.number}, {"first_attempt", epoch.first_attempt.value}};
  if (epoch.former_result) {
    json["former_attempt"] = epoch.former_result->attempt.value;
    json["former_outputs"] = epoch.former_result->digest;
  }
  return json;
}

// Records of older versions, and of jobs that nobody ran again, do not have it.
Epoch epoch_in(const Json& json) {
  if (!json.contains("epoch")) return {};
  const Json& parts = json["epoch"];
  Epoch epoch{whole_number<std::uint64_t>(parts.at("number")),
              {whole_number<std::uint64_t>(parts.at("first_attempt"))},
              {}};
  require_json(epoch.number > 0 && epoch.first_attempt.value > 0, "an epoch has number 0");
  if (parts.contains("former_outputs")) {
    epoch.former_result = ResultRef{{whole_number<std::uint64_t>(parts.at("former_attempt"))},
                                    digest_in(parts["former_outputs"])};
  }
  return epoch;
}

std::string hex_of(std::uint64_t content) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kContentDigits, '0');
  for (std::size_t i = kContentDigits; i-- > 0; content >>= 4U) text[i] = kDigits[content & 0xFU];
  return text;
}

std::uint64_t content_in(const Json& json) {
  const std::string text = json.get<std::string>();
  std::uint64_t content = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), content, 16);
  require_json(
      text.size() == kContentDigits && error == std::errc() && end == text.data() + text.size(),
      "what stands for a job's content is no number");
  return content;
}

Json json_of(const Revision& revision) {
  Json replaced = Json::array();
  for (const std::uint64_t content : revision.replaced) replaced.push_back(hex_of(content));
  return {{"content", hex_of(revision.content)}, {"replaced", std::move(replaced)}};
}

// Records of older versions, and of jobs that nobody changed, do not have it.
Revision revision_in(const Json& json) {
  if (!json.contains("revision")) return {};
  const Json& parts = json["revision"];
  Revision revision{content_in(parts.at("content")), {}};
  for (const Json& content : list_in(parts.at("replaced"))) {
    revision.replaced.push_back(content_in(content));
  }
  require_json(revision.replaced.size() <= kReplacedMax, "a job was changed too often");
  return revision;
}

Json json_of(const StepBack& step) {
  return {{"stage", static_cast<std::uint32_t>(step.stage)},
          {"failures", step.failures},
          {"resume_from", step.resume_from.value}};
}

StepBack step_back_from(const Json& json) {
  const auto stage = whole_number<std::uint32_t>(json.at("stage"));
  require_json(stage <= static_cast<std::uint32_t>(StepBack::Stage::oldest),
               "a step back of a kind that does not exist");
  return {static_cast<StepBack::Stage>(stage),
          whole_number<std::uint32_t>(json.at("failures")),
          {whole_number<std::uint64_t>(json.at("resume_from"))}};
}

// What those who act on a record rely on.
void require_coherent(const Record& record) {
  const bool unclaimed = record.attempt.value == 0;
  const bool by_person = record.state == JobState::cancelled || record.kind == RecordKind::redriven;
  require_json(record.number > 0 && (!unclaimed || by_person), "a record or attempt has number 0");
  // No checkpoint would mean "start fresh" to whoever claims the job. One that is completed nobody
  // claims, and its checkpoints are removed.
  const Generation newest =
      record.checkpoints.empty() ? Generation{} : record.checkpoints.front().generation;
  const bool needs_none = record.state == JobState::completed && record.checkpoints.empty();
  require_json(newest == record.generation || needs_none,
               "the newest generation is not among those kept");
  for (std::size_t i = 1; i < record.checkpoints.size(); ++i) {
    require_json(record.checkpoints[i].generation < record.checkpoints[i - 1].generation,
                 "the checkpoints do not stand newest first");
  }
  const bool result = record.state == JobState::completed;
  require_json(!result || Sha256Digest::from_hex(record.outputs_digest).has_value(),
               "a completed job has no result");
  require_json(record.state != JobState::dead || !record.endings.empty(),
               "a dead job does not say how it ended");
}

Record record_from(const Json& json) {
  if (json.at("format") != kFormat) {
    throw Error(ErrorKind::corrupt,
                "a log record has a format that this version does not know; use a newer holdfast");
  }
  Record record;
  record.number = whole_number<std::uint64_t>(json.at("number"));
  record.kind = word_from(kKinds, json.at("kind").get<std::string>());
  record.state = word_from(kStates, json.at("state").get<std::string>());
  record.attempt.value = whole_number<std::uint64_t>(json.at("attempt"));
  record.attempt_id = json.at("attempt_id").get<std::string>();
  record.worker = json.at("worker").get<std::string>();
  record.message_id = json.at("message_id").get<std::string>();
  record.epoch = epoch_in(json);
  record.revision = revision_in(json);
  record.signs_of_life = whole_number<std::uint64_t>(json.at("signs_of_life"));
  record.generation.value = whole_number<std::uint64_t>(json.at("generation"));
  for (const Json& ref : list_in(json.at("checkpoints"))) {
    record.checkpoints.push_back(checkpoint_from(ref));
  }
  record.failures_since_progress = whole_number<std::uint32_t>(json.at("failures_since_progress"));
  record.attempts_since_progress = whole_number<std::uint32_t>(json.at("attempts_since_progress"));
  // Records of older versions do not have these.
  record.deferrals = optional_number<std::uint32_t>(json, "deferrals");
  record.failures_total = optional_number<std::uint32_t>(json, "failures_total");
  record.lost_total = optional_number<std::uint32_t>(json, "lost_total");
  record.ran_total_seconds = optional_number(json, "ran_total_s");
  record.spent = account_in(json, "spent_ms");
  record.running = account_in(json, "running_ms");
  if (json.contains("step_back")) record.step_back = step_back_from(json["step_back"]);
  if (json.contains("reached")) record.reached = reached_from(json["reached"]);
  record.progress = progress_from(json.at("progress"));
  for (const Json& note : list_in(json.at("endings"))) record.endings.push_back(ending_from(note));
  record.outputs_digest = json.value("outputs", "");
  record.reason = json.value("reason", "");
  record.asker = json.value("asker", "");
  record.by = json.value("by", "");
  record.job = json.value("job", "");
  record.when = json.at("when").get<std::string>();
  require_coherent(record);
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
  if (record.epoch.number > 1) json["epoch"] = json_of(record.epoch);
  if (record.revision.content != 0) json["revision"] = json_of(record.revision);
  json["checkpoints"] = Json::array();
  for (const CheckpointRef& ref : record.checkpoints) json["checkpoints"].push_back(json_of(ref));
  json["failures_since_progress"] = record.failures_since_progress;
  json["attempts_since_progress"] = record.attempts_since_progress;
  if (record.deferrals > 0) json["deferrals"] = record.deferrals;
  if (record.failures_total > 0) json["failures_total"] = record.failures_total;
  if (record.lost_total > 0) json["lost_total"] = record.lost_total;
  if (record.ran_total_seconds > 0) json["ran_total_s"] = record.ran_total_seconds;
  if (record.spent != TimeAccount{}) json["spent_ms"] = json_of(record.spent);
  if (record.running != TimeAccount{}) json["running_ms"] = json_of(record.running);
  const StepBack& step = record.step_back;
  if (step.failures > 0 || step.resume_from.value > 0) json["step_back"] = json_of(step);
  if (record.reached.fraction || record.reached.step) json["reached"] = json_of(record.reached);
  json["progress"] = json_of(record.progress);
  json["endings"] = Json::array();
  for (const EndingNote& note : record.endings) json["endings"].push_back(json_of(note));
  if (!record.outputs_digest.empty()) json["outputs"] = record.outputs_digest;
  if (!record.reason.empty()) json["reason"] = record.reason;
  if (!record.asker.empty()) json["asker"] = record.asker;
  if (!record.by.empty()) json["by"] = record.by;
  if (!record.job.empty()) json["job"] = record.job;
  json["when"] = record.when;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Record record_from_json(std::string_view bytes) {
  try {
    require_json(bytes.size() <= kRecordBytesMax, "it is larger than a record may be");
    return record_from(Json::parse(bytes));
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::corrupt, std::string("a log record cannot be read: ") + error.what());
  } catch (const JsonMismatch& mismatch) {
    throw Error(ErrorKind::corrupt, "a log record is damaged: " + mismatch.what);
  }
}

}  // namespace holdfast
