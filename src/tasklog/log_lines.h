// Segments of a log made lines again. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/log_segment.h"

namespace holdfast {

struct LogLine {
  std::string text;                          // Without its end; may hold anything.
  std::optional<std::int64_t> milliseconds;  // When its beginning was printed, since 1970.
  bool whole = true;                         // False: it has no end.
  // Not a line: so much was printed here and not kept.
  std::uint64_t left_out_bytes = 0;
};

using LogVisitor = std::function<void(const LogLine&)>;

class LogLines {
 public:
  // A line longer than this is given in pieces.
  static constexpr std::size_t kLineBytesMax = 1024 * 1024;

  // What was printed before the byte `from` is not asked for.
  explicit LogLines(std::uint64_t from = 0) : next_(from) {}

  // In order; one that was given before may come again with more text.
  void add(const LogSegment& segment, const LogVisitor& visit);
  // A last line without an end.
  void finish(const LogVisitor& visit);

 private:
  void give(bool whole, const LogVisitor& visit);

  std::uint64_t next_;  // The first byte that was not seen.
  std::string line_;
  std::optional<std::int64_t> began_;
};

}  // namespace holdfast
