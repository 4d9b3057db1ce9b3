// One line per event on standard error: `time level event key=value ...`. The event is in the
// past tense. Any thread. Never pass a secret or a signed URL.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace holdfast {

enum class LogLevel {
  debug,  // Everything else.
  info,   // A job changed phase; about ten lines per attempt.
  warn,   // It was handled; count it.
  error,  // A person must act.
  off,    // Nothing at all.
};

struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  template <typename Number, typename = std::enable_if_t<std::is_arithmetic_v<Number>>>
  LogField(std::string_view k, Number v) : key(k), value(std::to_string(v)) {}
};

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Lines below `level` are dropped. Set once, before threads start.
void set_log_level(LogLevel level);

LogLevel log_level() noexcept;

}  // namespace holdfast
