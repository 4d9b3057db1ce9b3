#include "tasklog/log_window.h"

#include <algorithm>
#include <string_view>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kAttemptsBackMax = 5;

constexpr std::string_view kNote = "[holdfast: ";

std::string left_out_note(std::uint64_t bytes) {
  return std::string(kNote) + std::to_string(bytes) + " bytes are left out here]\n";
}

// nullopt also if it cannot be read: the rest is shown all the same.
std::optional<LogSegment> readable(const LogReader& reader, const LogPart& part) {
  try {
    return reader.get(part);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return std::nullopt;
  }
}

// Puts text together, with a note where something is missing between two segments.
class Joined {
 public:
  explicit Joined(std::uint64_t from) : window_{from, from, 0, {}}, next_(from) {}

  void add(const LogSegment& segment, std::size_t bytes_max) {
    if (segment.end() <= next_) return;
    if (segment.first > next_) {
      if (!window_.text.empty() && !window_.text.ends_with('\n')) window_.text += '\n';
      window_.text += left_out_note(segment.first - next_);
      next_ = segment.first;
    }
    const std::string_view rest = std::string_view(segment.text).substr(next_ - segment.first);
    const std::string_view taken = rest.substr(0, bytes_max - std::min(bytes_max, taken_));
    window_.text += taken;
    taken_ += taken.size();
    next_ += taken.size();
  }

  std::uint64_t next() const noexcept { return next_; }
  std::size_t taken() const noexcept { return taken_; }
  LogWindow& window() noexcept { return window_; }

 private:
  LogWindow window_;
  std::uint64_t next_;
  std::size_t taken_ = 0;  // Of the output itself.
};

// How much of `text` ends a line that began before it; its first byte stands before what was asked.
std::size_t before_first_line(const std::string& text) {
  if (text.empty() || text.starts_with(kNote)) return 0;
  const std::size_t line = text.find('\n');
  const bool one_line = line == std::string::npos || line + 1 == text.size();
  return one_line ? 1 : line + 1;
}

}  // namespace

std::optional<LogWindow> log_window(const LogReader& reader, AttemptNumber attempt,
                                    std::optional<std::uint64_t> at, std::size_t bytes) {
  const auto parts = reader.parts(attempt);
  if (parts.empty()) return std::nullopt;
  const auto last = readable(reader, parts.back());
  const std::uint64_t end = last ? last->end() : parts.back().first;
  const std::uint64_t last_page = end - std::min<std::uint64_t>(end, bytes);
  const std::uint64_t from = std::min(at.value_or(last_page), end);
  // The byte before says whether a line begins here.
  Joined joined(from - std::min<std::uint64_t>(from, 1));
  auto part =
      std::upper_bound(parts.begin(), parts.end(), joined.next(),
                       [](std::uint64_t offset, const LogPart& one) { return offset < one.first; });
  if (part != parts.begin()) --part;
  for (; part != parts.end() && joined.taken() <= bytes; ++part) {
    const auto segment = &*part == &parts.back() ? last : readable(reader, *part);
    if (segment) joined.add(*segment, bytes + 1);
  }
  LogWindow& window = joined.window();
  window.to = joined.next();
  window.end = std::max(end, window.to);
  if (window.to < window.end) {  // The last line goes on.
    const std::size_t line = window.text.rfind('\n');
    if (line != std::string::npos && line + 1 < window.text.size() && line > 0) {
      window.to -= window.text.size() - (line + 1);
      window.text.resize(line + 1);
    }
  }
  if (from > window.from) {
    const std::size_t cut = before_first_line(window.text);
    window.text.erase(0, cut);
    window.from += cut;
  }
  return window;
}

std::optional<AttemptNumber> attempt_with_output(const LogReader& reader, AttemptNumber newest) {
  for (std::uint64_t back = 0; back < kAttemptsBackMax && back < newest.value; ++back) {
    const AttemptNumber attempt{newest.value - back};
    if (!reader.parts(attempt).empty()) return attempt;
  }
  return std::nullopt;
}

WholeLog::WholeLog(const LogReader& reader, AttemptNumber attempt) : reader_(reader) {
  std::uint64_t next = 0;
  bool in_a_line = false;
  for (const LogPart& part : reader_.parts(attempt)) {
    const auto segment = readable(reader_, part);
    if (!segment || segment->text.empty()) continue;
    Piece piece{part, {}, segment->text.size()};
    if (segment->first > next) {
      piece.note = (in_a_line ? "\n" : "") + left_out_note(segment->first - next);
    }
    next = segment->end();
    in_a_line = !segment->text.ends_with('\n');
    size_bytes_ += piece.note.size() + piece.bytes;
    pieces_.push_back(std::move(piece));
  }
}

std::string WholeLog::next() {
  if (at_ == pieces_.size()) return {};
  const Piece& piece = pieces_[at_++];
  const auto segment = reader_.get(piece.part);
  if (!segment || segment->text.size() < piece.bytes) {
    throw Error(ErrorKind::corrupt, "a part of the log is gone: " + piece.part.key);
  }
  return piece.note + segment->text.substr(0, piece.bytes);
}

}  // namespace holdfast
