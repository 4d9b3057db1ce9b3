#include "core/control.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/text.h"

namespace holdfast {

namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A status is shown on pages and terminals and kept as JSON: no control characters, valid UTF-8.
std::string cleaned(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::size_t taken = length == 0 ? 1 : length;
    if (clean.size() + taken > kStatusBytesMax) break;
    const bool control = length == 1 && (text[0] < 0x20 || text[0] == 0x7f);
    if (length == 0) {
      clean += '?';
    } else if (control) {
      clean += ' ';
    } else {
      clean += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
  return clean;
}

void ignore(TaskMessage& message, std::string_view key, std::string_view value,
            std::string_view wanted) {
  constexpr std::size_t kShownBytes = 40;
  constexpr std::size_t kIgnoredMax = 8;
  if (message.ignored.size() == kIgnoredMax) return;
  message.ignored.push_back(std::string(key) + "=" + cleaned(value.substr(0, kShownBytes)) +
                            " was ignored: it must be " + std::string(wanted));
}

void take(TaskMessage& message, std::string_view key, std::string_view value) {
  if (key == "PROGRESS") {
    const std::optional<double> progress = parse_number<double>(value);
    if (progress && *progress >= 0 && *progress <= 1) {  // Not a number compares false.
      message.progress = progress;
    } else {
      ignore(message, key, value, "a number from 0 to 1");
    }
  } else if (key == "STATUS") {
    message.status = cleaned(value);
  } else if (key == "STEP") {
    const std::optional<std::uint64_t> step = parse_number<std::uint64_t>(value);
    if (step) {
      message.step = step;
    } else {
      ignore(message, key, value, "a whole number");
    }
  } else if (key == "STALL_AFTER") {
    const auto seconds = parse_number<std::uint64_t>(value);
    if (seconds && *seconds > 0 && *seconds <= std::uint64_t(kStallAfterMax.count())) {
      message.stall_after = std::chrono::seconds(*seconds);
    } else {
      ignore(message, key, value, "a number of seconds from 1 to 2592000");
    }
  } else if (key == "CHECKPOINT" || key == "FINISHED") {
    if (value == "1") {
      (key == "CHECKPOINT" ? message.checkpoint : message.finished) = true;
    } else {
      ignore(message, key, value, "1");
    }
  }
}

}  // namespace

TaskMessage parse_task_message(std::string_view datagram) {
  TaskMessage message;
  if (datagram.size() > kTaskMessageBytesMax) {
    message.ignored.push_back("a message of more than " + std::to_string(kTaskMessageBytesMax) +
                              " bytes was ignored");
    return message;
  }
  while (!datagram.empty()) {
    const std::size_t end = std::min(datagram.find('\n'), datagram.size());
    std::string_view line = datagram.substr(0, end);
    datagram.remove_prefix(std::min(end + 1, datagram.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    take(message, line.substr(0, equals), line.substr(equals + 1));
  }
  return message;
}

}  // namespace holdfast
