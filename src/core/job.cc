#include "core/job.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "core/job_input.h"
#include "core/written_values.h"

namespace holdfast {

namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 32;

bool allowed(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool digit = c >= '0' && c <= '9';
  return letter || digit || std::string_view("._-=@+:~").find(c) != std::string_view::npos;
}

// Writing a value recurses with its nesting, which comes from outside. Braces in texts do not nest.
bool too_deep(std::string_view body) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '"') in_text = !in_text;
    if (in_text) {
      if (c == '\\') ++i;  // What follows ends no text.
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDepthMax) return true;
  }
  return false;
}

// As a person sees it.
std::string first_character(std::string_view text) {
  return visible_line(text.substr(0, std::max<std::size_t>(1, character_length(text))));
}

std::string beginning(std::string_view body) {
  constexpr std::size_t kShown = 40;
  std::string text;
  while (!body.empty() && text.size() < kShown) {  // Ends: each turn takes a character away.
    text += first_character(body);
    body.remove_prefix(std::max<std::size_t>(1, character_length(body)));
  }
  return body.empty() ? text : text + "...";
}

// Fills `inputs`. What is wrong with the field; empty if it is good or none of ours.
std::string read_inputs(const Json& json, const std::string& id, InputReferences& inputs) {
  const auto field = json.find("inputs");
  if (field == json.end() || !field->is_object()) return {};
  const bool ours = std::any_of(field->begin(), field->end(), [](const Json& value) {
    return value.is_string() && begins_as_input(value.get_ref<const std::string&>());
  });
  if (!ours) return {};
  if (field->size() > kInputsMax) {
    return "the job has " + std::to_string(field->size()) + " inputs, more than the " +
           std::to_string(kInputsMax) + " allowed; name a folder, s3://BUCKET/PREFIX/";
  }
  for (const auto& [given, value] : field->items()) {
    const std::string name = input_name(given);
    const std::string wrong = what_is_wrong_with_input_name(name);
    if (!wrong.empty()) return wrong;
    if (!value.is_string()) {
      return "the input \"" + name + "\" is no text: it is " + value.type_name();
    }
    const auto parsed = parse_input(value.get_ref<const std::string&>());
    if (const auto* fault = std::get_if<std::string>(&parsed)) {
      return "the input \"" + name + "\": " + *fault;
    }
    const auto& source = std::get<InputSource>(parsed);
    if (source.kind == InputSource::Kind::job && source.place == id) {
      return "the input \"" + name +
             "\" is a result of the job itself, which would wait for it "
             "for ever";
    }
    if (!inputs.emplace(name, value.get<std::string>()).second) {
      return "two inputs are named \"" + name + "\"";
    }
  }
  return {};
}

}  // namespace

std::string JobId::what_is_wrong(std::string_view text) {
  if (text.empty()) return "the job_id is empty";
  if (text.size() > kJobIdBytesMax) {
    return "the job_id has " + std::to_string(text.size()) + " bytes, more than the " +
           std::to_string(kJobIdBytesMax) + " allowed";
  }
  const auto bad = std::find_if_not(text.begin(), text.end(), allowed);
  if (bad != text.end()) {
    const auto position = static_cast<std::size_t>(bad - text.begin());
    return "the job_id \"" + beginning(text) + "\" has '" + first_character(text.substr(position)) +
           "' at position " + std::to_string(position + 1) +
           ", which is not allowed; use letters (a to z), digits and . _ - = @ + : ~";
  }
  if (text.front() == '.') return "the job_id \"" + beginning(text) + "\" begins with a dot";
  return {};
}

std::optional<JobId> JobId::parse(std::string_view text) {
  if (!what_is_wrong(text).empty()) return std::nullopt;
  return JobId(std::string(text));
}

std::uint64_t fingerprint(std::string_view body) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : body) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

std::variant<Job, BadJob> parse_job(std::string_view body) {
  if (body.empty()) return BadJob{"the message is empty; a job is a JSON object with a job_id"};
  if (body.size() > kJobBytesMax) {
    return BadJob{"the message has " + std::to_string(body.size()) + " bytes, more than the " +
                  std::to_string(kJobBytesMax) +
                  " allowed for a job; put large data in the store and its name in the job"};
  }
  if (too_deep(body)) return BadJob{"the message nests deeper than a job may"};
  const Json json = Json::parse(body, nullptr, false);
  if (json.is_discarded()) {
    return BadJob{"the message is not JSON; it begins with \"" + beginning(body) + "\""};
  }
  if (!json.is_object()) {
    return BadJob{std::string("the message is JSON but not an object: it is ") + json.type_name()};
  }
  const auto id = json.find("job_id");
  if (id == json.end()) return BadJob{"the job has no field job_id"};
  if (!id->is_string() && !id->is_number_integer()) {
    return BadJob{std::string("the field job_id is not text: it is ") + id->type_name()};
  }
  const std::string text = id->is_string() ? id->get<std::string>() : id->dump();
  const std::string wrong = JobId::what_is_wrong(text);
  if (!wrong.empty()) return BadJob{wrong};
  Job job{*JobId::parse(text), std::string(body), written_values(body)};
  InputReferences inputs;
  const std::string fault = read_inputs(json, text, inputs);
  if (!fault.empty()) return BadJob{fault};
  std::erase_if(job.fields, [](const auto& field) { return field.first.starts_with(kInputField); });
  for (const auto& [name, reference] : inputs) {
    job.fields[std::string(kInputField) + name] = reference;
  }
  return job;
}

}  // namespace holdfast
