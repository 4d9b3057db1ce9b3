// Stands in for base/log.cc: lines become part of a world's history, events reach its marks. And
// for base/check.cc: a check that fails ends one simulated process.
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "stand_ins.h"
#include "world.h"

namespace holdfast {

namespace {

sim::LogListener& listener() {
  static sim::LogListener instance;
  return instance;
}

sim::CheckListener& check_listener() {
  static sim::CheckListener instance;
  return instance;
}

}  // namespace

namespace sim {

void listen_to_checks(CheckListener heard_by) {
  check_listener() = std::move(heard_by);
}

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

void check_failed(std::string_view what, const std::source_location& where) {
  if (!check_listener()) {
    std::fprintf(stderr, "%s:%u: not so: %.*s\n", where.file_name(), where.line(),
                 static_cast<int>(what.size()), what.data());
    std::abort();
  }
  check_listener()(std::string(what));
  throw sim::Killed();
}

void set_log_level(LogLevel) {}

LogLevel log_level() noexcept {
  return LogLevel::debug;
}

}  // namespace holdfast
