// Stands in for base/log.cc: lines become part of a world's history, events reach its marks.
#include <utility>

#include "base/log.h"
#include "stand_ins.h"

namespace holdfast {

namespace {

sim::LogListener& listener() {
  static sim::LogListener instance;
  return instance;
}

}  // namespace

namespace sim {

void listen_to_log(LogListener heard_by) {
  listener() = std::move(heard_by);
}

}  // namespace sim

void log(LogLevel, std::string_view event, std::initializer_list<LogField> fields) {
  if (!listener()) return;
  std::string line(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += field.value;
  }
  listener()(event, line);
}

void set_log_level(LogLevel) {}

LogLevel log_level() noexcept {
  return LogLevel::debug;
}

}  // namespace holdfast
