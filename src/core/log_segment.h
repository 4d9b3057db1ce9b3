// A piece of what a task printed, as one object of the store (docs/formats.md, Task logs). Each
// says where in the attempt's output it begins, so a reader sees what is left out between two.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

constexpr std::size_t kLogSegmentBytesMax = 1024 * 1024;  // Of its text.

// What stands at `offset` of a segment's text, and behind it up to the next one, was printed then.
struct PrintedAt {
  std::size_t offset = 0;
  std::int64_t milliseconds = 0;  // Since 1970, by the worker's clock: for people.
  friend bool operator==(const PrintedAt&, const PrintedAt&) = default;
};

struct LogSegment {
  std::uint64_t first = 0;  // Which byte of the attempt's output `text` begins with.
  std::string text;         // As it was printed: may hold anything.
  std::vector<PrintedAt> times = {};
  // Nothing follows: the program of a cancelled attempt is gone.
  bool ended = false;

  std::uint64_t end() const noexcept { return first + text.size(); }
  friend bool operator==(const LogSegment&, const LogSegment&) = default;
};

// The object's bytes, compressed where that pays.
std::string to_object(const LogSegment& segment);

// Throws Error (corrupt) if `bytes` is no segment, also one of a newer format.
LogSegment log_segment_from(std::string_view bytes);

// The most that an object of a segment has.
constexpr std::size_t kLogObjectBytesMax = 4 * kLogSegmentBytesMax;

}  // namespace holdfast
