#include "core/metrics_text.h"

#include <array>
#include <charconv>

namespace holdfast {

namespace {

// In a label's value a quote, a backslash and a line break have to be escaped.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

std::string number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

}  // namespace

void MetricsText::counter(std::string_view name, std::string_view help, double value,
                          const Labels& labels) {
  add("counter", name, help, value, labels);
}

void MetricsText::gauge(std::string_view name, std::string_view help, double value,
                        const Labels& labels) {
  add("gauge", name, help, value, labels);
}

void MetricsText::add(std::string_view type, std::string_view name, std::string_view help,
                      double value, const Labels& labels) {
  if (name != last_name_) {
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    last_name_ = name;
  }
  text_ += name;
  char before = '{';
  for (const auto& [key, label] : labels) {
    text_ += before;
    text_.append(key).append("=\"").append(escaped(label)).append("\"");
    before = ',';
  }
  if (!labels.empty()) text_ += '}';
  text_.append(" ").append(number(value)).append("\n");
}

}  // namespace holdfast
