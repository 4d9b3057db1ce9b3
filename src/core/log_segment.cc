#include "core/log_segment.h"

#include <algorithm>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/compression.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;

[[noreturn]] void throw_no_segment(const std::string& why) {
  throw Error(ErrorKind::corrupt, "a part of a task's log cannot be read: " + why);
}

// Differences: short numbers, which compress well.
Json json_of(const std::vector<PrintedAt>& times) {
  Json json = Json::array();
  PrintedAt before;
  for (const PrintedAt& time : times) {
    json.push_back(time.offset - before.offset);
    json.push_back(time.milliseconds - before.milliseconds);
    before = time;
  }
  return json;
}

std::vector<PrintedAt> times_from(const Json& json, std::size_t text_bytes) {
  constexpr std::int64_t kTimeMax = std::numeric_limits<std::int64_t>::max() / 4;
  const auto in_range = [](std::int64_t time) { return -kTimeMax <= time && time <= kTimeMax; };
  if (json.size() % 2 != 0) throw_no_segment("its times are no pairs");
  std::vector<PrintedAt> times;
  times.reserve(json.size() / 2);
  PrintedAt at;
  for (std::size_t i = 0; i < json.size(); i += 2) {
    const auto more = json[i].get<std::uint64_t>();
    const auto later = json[i + 1].get<std::int64_t>();
    if (more > text_bytes || !in_range(later)) throw_no_segment("a time is out of range");
    at.offset += more;
    at.milliseconds += later;
    if (at.offset > text_bytes || !in_range(at.milliseconds)) {
      throw_no_segment("a time is out of range");
    }
    times.push_back(at);
  }
  return times;
}

LogSegment parsed(std::string_view bytes) {
  const std::size_t line = bytes.find('\n');
  if (line == std::string_view::npos) throw_no_segment("it has no head");
  const Json head = Json::parse(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(line));
  if (head.at("format").get<int>() != kFormat) {
    throw_no_segment("a newer version of holdfast wrote it");
  }
  LogSegment segment;
  segment.first = head.at("first").get<std::uint64_t>();
  segment.text = bytes.substr(line + 1);
  if (segment.text.size() != head.at("bytes").get<std::uint64_t>() ||
      segment.text.size() > kLogSegmentBytesMax) {
    throw_no_segment("it is not as long as it says");
  }
  segment.times = times_from(head.at("times"), segment.text.size());
  segment.ended = head.value("ended", false);
  return segment;
}

}  // namespace

std::string to_object(const LogSegment& segment) {
  Json head = {{"format", kFormat}, {"first", segment.first}, {"bytes", segment.text.size()}};
  if (segment.ended) head["ended"] = true;
  head["times"] = json_of(segment.times);
  std::string plain = head.dump() + "\n" + segment.text;
  auto frame = compressed(plain);
  return frame ? std::move(*frame) : std::move(plain);
}

LogSegment log_segment_from(std::string_view bytes) {
  try {
    if (!is_frame(bytes)) return parsed(bytes);
    return parsed(decompressed_frame(bytes, kLogObjectBytesMax));
  } catch (const Json::exception& error) {
    throw_no_segment(error.what());
  }
}

}  // namespace holdfast
