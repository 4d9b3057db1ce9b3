#include "tasklog/log_lines.h"

#include <algorithm>

namespace holdfast {

namespace {

std::optional<std::int64_t> time_at(const LogSegment& segment, std::size_t offset) {
  const auto later = std::upper_bound(
      segment.times.begin(), segment.times.end(), offset,
      [](std::size_t value, const PrintedAt& time) { return value < time.offset; });
  if (later == segment.times.begin()) return std::nullopt;
  return std::prev(later)->milliseconds;
}

}  // namespace

void LogLines::add(const LogSegment& segment, const LogVisitor& visit) {
  if (segment.end() < next_ || segment.text.empty()) return;
  if (segment.first > next_) {
    finish(visit);
    LogLine gap;
    gap.left_out_bytes = segment.first - next_;
    visit(gap);
    next_ = segment.first;
  }
  std::size_t at = next_ - segment.first;
  while (at < segment.text.size()) {
    const std::size_t newline = std::min(segment.text.find('\n', at), segment.text.size());
    const std::size_t length = std::min(newline - at, kLineBytesMax - line_.size());
    if (!began_) began_ = time_at(segment, at);
    line_.append(segment.text, at, length);
    at += length;
    const bool ends = at < segment.text.size() && segment.text[at] == '\n';
    if (ends) at += 1;
    if (ends || line_.size() == kLineBytesMax) give(ends, visit);
  }
  next_ = segment.end();
}

void LogLines::finish(const LogVisitor& visit) {
  if (!line_.empty()) give(false, visit);
}

void LogLines::give(bool whole, const LogVisitor& visit) {
  LogLine line;
  line.text.swap(line_);
  line.milliseconds = began_;
  line.whole = whole;
  began_.reset();
  visit(line);
}

}  // namespace holdfast
