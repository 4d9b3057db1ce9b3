#include "adapters/local/output_tail.h"

#include <algorithm>
#include <utility>

namespace holdfast {

OutputTail::OutputTail(std::string prefix, LineSink sink)
    : prefix_(std::move(prefix)), sink_(std::move(sink)) {}

void OutputTail::append(std::string_view bytes) {
  kept_.append(bytes);
  if (kept_.size() > 2 * kTailBytesMax) {
    kept_.erase(0, kept_.size() - kTailBytesMax);
    cut_ = true;
  }
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

void OutputTail::pass_on(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  sink_(prefix_.empty() ? line : std::string_view(prefix_ + std::string(line)));
}

std::string OutputTail::finish() {
  if (!unfinished_line_.empty()) pass_on(std::exchange(unfinished_line_, {}));
  return tail();
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
