#include "core/written_values.h"

#include <cstddef>

#include <nlohmann/json.hpp>

namespace holdfast {

namespace {

using Json = nlohmann::json;

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
      places_[name] = value;
      values[name] = value.front() == '"' ? text_of(value) : without_blanks(value);
    }
    return values;
  }

  // After read(): where the value of a field stands in the body; empty if there is none.
  std::string_view place_of(const std::string& name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? std::string_view() : found->second;
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
  std::map<std::string, std::string_view> places_;
};

}  // namespace

std::map<std::string, std::string> written_values(std::string_view body) {
  return WrittenValues(body).read();
}

std::string with_field(std::string_view body, const std::string& name, const std::string& value) {
  WrittenValues values(body);
  values.read();
  const std::string_view place = values.place_of(name);
  std::string changed(body);
  if (!place.empty()) {
    const auto at = static_cast<std::size_t>(place.data() - body.data());
    return changed.replace(at, place.size(), value);
  }
  // A job has at least its id before the brace that ends it.
  return changed.insert(body.rfind('}'), "," + Json(name).dump() + ":" + value);
}

}  // namespace holdfast
