// A stretch of what an attempt printed, by its place in the whole output: so a page shows a log of
// any size a piece at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/attempt.h"
#include "tasklog/log_reader.h"

namespace holdfast {

// Offsets are bytes of the attempt's whole output.
struct LogWindow {
  std::uint64_t from = 0;  // `text` is what was printed here...
  std::uint64_t to = 0;    // ...up to here, but for what was left out.
  std::uint64_t end = 0;   // So much is stored so far.
  std::string text;  // Whole lines where they are not too long. A note stands where bytes were
                     // left out, as `holdfast logs` shows it.
};

// About `bytes` from `at` on, or of the end; nullopt if nothing is stored of the attempt. Throws
// Error.
std::optional<LogWindow> log_window(const LogReader& reader, AttemptNumber attempt,
                                    std::optional<std::uint64_t> at, std::size_t bytes);

// The newest attempt up to `newest` that left output; looks some back. Throws Error.
std::optional<AttemptNumber> attempt_with_output(const LogReader& reader, AttemptNumber newest);

// All that is stored of an attempt, a part at a time.
class WholeLog {
 public:
  // Reads all of it once, for its size. Borrows what the reader does. Throws Error.
  WholeLog(const LogReader& reader, AttemptNumber attempt);

  std::uint64_t size_bytes() const noexcept { return size_bytes_; }
  // Empty at its end. What was printed since it was made is left out. Throws Error, `corrupt` if
  // something is gone meanwhile.
  std::string next();

 private:
  struct Piece {
    LogPart part;
    std::string note;  // Before it.
    std::uint64_t bytes = 0;
  };

  LogReader reader_;
  std::vector<Piece> pieces_;
  std::size_t at_ = 0;
  std::uint64_t size_bytes_ = 0;
};

}  // namespace holdfast
