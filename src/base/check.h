// What must be true, on in release too. A dead worker costs one checkpoint interval; a confused
// one can cost a job.
#pragma once

#include <source_location>
#include <string_view>

namespace holdfast {

[[noreturn]] void check_failed(std::string_view what, const std::source_location& where);

// Ends the process with `what` and the place when `holds` is false.
inline void check(bool holds, std::string_view what,
                  const std::source_location& where = std::source_location::current()) {
  if (!holds) check_failed(what, where);
}

}  // namespace holdfast
