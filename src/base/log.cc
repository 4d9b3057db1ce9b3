#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/utf8.h"

namespace holdfast {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_mt("holdfast");
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return *instance;
}

// A value that would break the line or the reading of `key=value` is put in quotes; what a terminal
// would obey is made visible.
void append_value(std::string& line, std::string_view given) {
  const std::string value = visible_line(given);
  if (!value.empty() && value.find_first_of(" \"=") == std::string::npos) {
    line += value;
    return;
  }
  line += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

}  // namespace

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  const auto wanted = to_spdlog(level);
  if (!logger().should_log(wanted)) return;
  std::string line(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  logger().log(wanted, "{}", line);
}

void set_log_level(LogLevel level) {
  logger().set_level(to_spdlog(level));
}

LogLevel log_level() noexcept {
  switch (logger().level()) {
    case spdlog::level::debug:
      return LogLevel::debug;
    case spdlog::level::warn:
      return LogLevel::warn;
    case spdlog::level::err:
      return LogLevel::error;
    case spdlog::level::off:
      return LogLevel::off;
    default:
      return LogLevel::info;
  }
}

}  // namespace holdfast
