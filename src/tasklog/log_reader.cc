#include "tasklog/log_reader.h"

#include <algorithm>
#include <deque>

#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
// Far more than a log has.
constexpr std::size_t kPartsMax = 100'000;
constexpr std::size_t kPage = 1000;
constexpr std::uint64_t kAttemptsBackMax = 5;

}  // namespace

std::vector<LogPart> LogReader::parts(AttemptNumber attempt) const {
  const std::string keys = layout_.log_keys(attempt);
  std::vector<LogPart> parts;
  std::optional<LogPart> old;
  std::string after;
  for (std::size_t listed = kPage; listed == kPage && parts.size() < kPartsMax;) {
    const auto page = store_.list(keys, after, kPage, clock_.now() + kRequest);
    listed = page.size();
    for (const ObjectEntry& object : page) {
      after = object.key;
      if (const auto first = layout_.log_segment_first(attempt, object.key)) {
        parts.push_back({object.key, *first, object.size_bytes});
      }
      const bool at_the_end = object.key == layout_.old_log(attempt);
      if (at_the_end || (object.key == layout_.old_log_so_far(attempt) && !old)) {
        old = LogPart{object.key, 0, object.size_bytes, true};
      }
    }
  }
  std::sort(parts.begin(), parts.end(),
            [](const LogPart& a, const LogPart& b) { return a.first < b.first; });
  if (parts.empty() && old) parts.push_back(*old);
  return parts;
}

std::optional<LogSegment> LogReader::get(const LogPart& part) const {
  auto bytes = store_.get(part.key, kLogObjectBytesMax, clock_.now() + kRequest);
  if (!bytes) return std::nullopt;
  if (!part.old) return log_segment_from(*bytes);
  LogSegment segment;
  segment.text = std::move(*bytes);
  return segment;
}

bool LogReader::ended(AttemptNumber attempt) const {
  const auto all = parts(attempt);
  if (all.empty()) return false;
  if (all.back().old) return all.back().key == layout_.old_log(attempt);
  const auto segment = get(all.back());
  return segment && segment->ended;
}

std::optional<LogSegment> LogFollower::get(const LogPart& part) {
  try {
    return reader_.get(part);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    damaged_ += 1;
    return std::nullopt;
  }
}

void LogFollower::skip_to_last(std::size_t lines) {
  const auto parts = reader_.parts(attempt_);
  std::uint64_t found = 0;
  for (auto part = parts.rbegin(); part != parts.rend() && found <= lines; ++part) {
    const auto segment = get(*part);
    if (!segment) continue;
    found += static_cast<std::uint64_t>(std::ranges::count(segment->text, '\n'));
    lines_ = LogLines(segment->first);
    last_ = *part;
    last_->stored_bytes = 0;  // Is read again.
  }
}

void LogFollower::read(const LogVisitor& visit) {
  for (const LogPart& part : reader_.parts(attempt_)) {
    if (last_ && part.first < last_->first) continue;
    const bool same = last_ && part.first == last_->first;
    if (same && part.stored_bytes == last_->stored_bytes && part.key == last_->key) continue;
    const auto segment = get(part);
    last_ = part;
    if (!segment) continue;
    any_ = any_ || !segment->text.empty();
    lines_.add(*segment, visit);
  }
}

std::optional<LogEnd> end_of_log(Store& store, const Clock& clock, const JobId& job,
                                 AttemptNumber newest, std::size_t lines_max) {
  const LogReader reader(store, clock, job);
  for (std::uint64_t back = 0; back < kAttemptsBackMax && back < newest.value; ++back) {
    LogFollower follower(reader, {newest.value - back});
    std::deque<std::string> lines;
    bool whole = true;
    const auto keep = [&](const LogLine& line) {
      if (line.left_out_bytes > 0) {
        whole = false;
        return;
      }
      lines.push_back(line.text);
      if (lines.size() <= lines_max) return;
      lines.pop_front();
      whole = false;
    };
    follower.skip_to_last(lines_max);
    follower.read(keep);
    follower.finish(keep);
    if (lines.empty()) continue;
    return LogEnd{follower.attempt(), {lines.begin(), lines.end()}, whole};
  }
  return std::nullopt;
}

}  // namespace holdfast
