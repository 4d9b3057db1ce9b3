#include "core/last_line.h"

#include <algorithm>

#include "core/attempt.h"
#include "core/text.h"

namespace holdfast {

namespace {

constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = line.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlank) - begin + 1);
}

std::string_view last_line(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.rfind('\n');
    const std::size_t begin = end == std::string_view::npos ? 0 : end + 1;
    const std::string_view line = trimmed(text.substr(begin));
    if (!line.empty()) return line;
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
  }
  return {};
}

}  // namespace

std::string shown_last_line(std::string_view output) {
  std::string_view line = last_line(output);
  // Of a line that a program drew again and again, what a terminal would show: the last.
  line.remove_prefix(line.rfind('\r') + 1);
  return fitted(std::string(trimmed(line)), kDetailBytesMax);
}

std::string with_last_line(const std::string& detail, std::optional<int> code,
                           std::string_view output_tail) {
  std::string text = detail;
  // As shells have it.
  if (code == kNotFound) text += " (a command was not found)";
  if (code == kNotExecutable) text += " (a command cannot be executed)";
  const std::string_view line = last_line(output_tail);
  if (!line.empty()) text += ": " + std::string(line);
  return fitted(text, kDetailBytesMax);
}

}  // namespace holdfast
