#include "core/job.h"

#include <algorithm>

#include <nlohmann/json.hpp>

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

// Reads the values of a JSON object as they are written there. `body` is known to be one.
class WrittenValues {
 public:
  explicit WrittenValues(std::string_view body) : body_(body) {}

  std::map<std::string, std::string> read() {
    std::map<std::string, std::string> values;
    at_ = body_.find('{') + 1;
    for (skip_blanks(); body_[at_] != '}'; skip_blanks()) {
      if (body_[at_] == ',') ++at_;
      skip_blanks();
      const std::string name = text_of(take_value());
      skip_blanks();
      ++at_;  // The colon.
      skip_blanks();
      const std::string_view value = take_value();
      values[name] = value.front() == '"' ? text_of(value) : without_blanks(value);
    }
    return values;
  }

 private:
  static bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  static std::string text_of(std::string_view written) {
    return Json::parse(written).get<std::string>();
  }

  // Numbers and texts as they stand, without the blanks between them.
  static std::string without_blanks(std::string_view written) {
    std::string value;
    bool in_text = false;
    for (std::size_t i = 0; i < written.size(); ++i) {
      if (written[i] == '"') in_text = !in_text;
      if (!in_text && blank(written[i])) continue;
      value += written[i];
      if (in_text && written[i] == '\\') value += written[++i];
    }
    return value;
  }

  void skip_blanks() {
    while (blank(body_[at_])) ++at_;
  }

  void skip_text() {
    for (++at_; body_[at_] != '"'; ++at_) {
      if (body_[at_] == '\\') ++at_;
    }
    ++at_;
  }

  std::string_view take_value() {
    const std::size_t begin = at_;
    int depth = 0;
    do {  // Ends with the value: the body is whole.
      const char c = body_[at_];
      if (c == '"') {
        skip_text();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 || !ends_value(body_[begin], body_[at_]));
    return body_.substr(begin, at_ - begin);
  }

  // A number or word ends before the first character that is not of it, all else by itself.
  static bool ends_value(char first, char next) {
    const bool by_itself = first == '"' || first == '{' || first == '[';
    return by_itself || next == ',' || next == '}' || next == ']' || blank(next);
  }

  const std::string_view body_;
  std::size_t at_ = 0;
};

std::string beginning(std::string_view body) {
  constexpr std::size_t kShown = 40;
  std::string text;
  for (const char c : body.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte >= 0x20 && byte < 0x7f ? c : '?';
  }
  return body.size() > kShown ? text + "..." : text;
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
    return "the job_id \"" + beginning(text) + "\" has a character at position " +
           std::to_string(bad - text.begin() + 1) +
           " that is not allowed; use letters, digits and . _ - = @ + : ~";
  }
  if (text.front() == '.') return "the job_id \"" + beginning(text) + "\" begins with a dot";
  return {};
}

std::optional<JobId> JobId::parse(std::string_view text) {
  if (!what_is_wrong(text).empty()) return std::nullopt;
  return JobId(std::string(text));
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
    return BadJob{"the message is no JSON; it begins with \"" + beginning(body) + "\""};
  }
  if (!json.is_object()) {
    return BadJob{std::string("the message is JSON but no object: it is ") + json.type_name()};
  }
  const auto id = json.find("job_id");
  if (id == json.end()) return BadJob{"the job has no field job_id"};
  if (!id->is_string() && !id->is_number_integer()) {
    return BadJob{std::string("the field job_id is no text: it is ") + id->type_name()};
  }
  const std::string text = id->is_string() ? id->get<std::string>() : id->dump();
  const std::string wrong = JobId::what_is_wrong(text);
  if (!wrong.empty()) return BadJob{wrong};
  return Job{*JobId::parse(text), std::string(body), WrittenValues(body).read()};
}

}  // namespace holdfast
