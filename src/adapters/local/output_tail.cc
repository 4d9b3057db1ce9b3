#include "adapters/local/output_tail.h"

#include <algorithm>
#include <utility>

#include "core/last_line.h"

namespace holdfast {

namespace {

constexpr Duration kSecond = std::chrono::seconds(1);

}  // namespace

OutputTail::OutputTail(std::string prefix, LineSink sink)
    : prefix_(std::move(prefix)), sink_(std::move(sink)) {}

void OutputTail::append(std::string_view bytes, TimePoint now) {
  keep(bytes);
  if (!sink_) return;
  leave_out(bytes, now);
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::size_t room = kLineBytesMax - unfinished_line_.size();
    const std::size_t length = std::min({newline, room, bytes.size()});
    unfinished_line_.append(bytes.substr(0, length));
    bytes.remove_prefix(length);
    const bool line_ends = !bytes.empty() && bytes.front() == '\n';
    if (line_ends) bytes.remove_prefix(1);
    if (line_ends || unfinished_line_.size() == kLineBytesMax) {
      pass_on(unfinished_line_);
      unfinished_line_.clear();
    }
  }
}

void OutputTail::keep(std::string_view bytes) {
  if (bytes.size() >= kTailBytesMax) {
    cut_ = cut_ || !kept_.empty() || bytes.size() > kTailBytesMax;
    kept_ = bytes.substr(bytes.size() - kTailBytesMax);
    return;
  }
  kept_.append(bytes);
  if (kept_.size() > 2 * kTailBytesMax) {
    kept_.erase(0, kept_.size() - kTailBytesMax);
    cut_ = true;
  }
}

void OutputTail::leave_out(std::string_view& bytes, TimePoint now) {
  if (now >= second_began_ + kSecond) {
    second_began_ = now;
    passed_bytes_ = 0;
    if (left_out_bytes_ > 0) say_left_out();
  }
  if (passed_bytes_ <= kPassedBytesMax) {
    passed_bytes_ += bytes.size();
    return;
  }
  // A line that was begun ends here.
  if (!unfinished_line_.empty()) pass_on(std::exchange(unfinished_line_, {}));
  left_out_bytes_ += bytes.size();
  bytes = {};
}

void OutputTail::say_left_out() {
  pass_on("[holdfast: " + std::to_string(std::exchange(left_out_bytes_, 0)) +
          " bytes are not shown here, the program prints too fast; see holdfast logs]");
}

void OutputTail::pass_on_end() {
  const std::string_view kept(kept_);
  std::string_view end = kept.substr(kept.size() - std::min(kept.size(), kLineBytesMax));
  if (end.size() < kept.size()) {
    end.remove_prefix(std::min(end.find('\n'), end.size() - 1) + 1);
  }
  left_out_bytes_ -= std::min<std::uint64_t>(left_out_bytes_, end.size());
  say_left_out();
  while (!end.empty()) {
    const std::size_t length = std::min(end.find('\n'), end.size());
    pass_on(end.substr(0, length));
    end.remove_prefix(std::min(length + 1, end.size()));
  }
}

void OutputTail::pass_on(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  sink_(prefix_.empty() ? line : std::string_view(prefix_ + std::string(line)));
}

std::string OutputTail::finish() {
  if (sink_ && !unfinished_line_.empty()) pass_on(std::exchange(unfinished_line_, {}));
  if (left_out_bytes_ > 0) pass_on_end();
  return tail();
}

std::string OutputTail::last_line() const {
  return shown_last_line(kept_);
}

std::string OutputTail::tail() const {
  std::string_view tail(kept_);
  const bool cut = cut_ || tail.size() > kTailBytesMax;
  if (tail.size() > kTailBytesMax) tail.remove_prefix(tail.size() - kTailBytesMax);
  const std::size_t first_newline = tail.find('\n');
  if (cut && first_newline != std::string::npos && first_newline + 1 < tail.size()) {
    tail.remove_prefix(first_newline + 1);
  }
  return std::string(tail);
}

}  // namespace holdfast
