#include "status/pace.h"

#include <algorithm>

namespace holdfast {

namespace {

constexpr std::int64_t kDay = 24 * 3600;
// So many of the newest completions say how fast it goes.
constexpr std::size_t kCompletionsKept = 100;

}  // namespace

void Pace::add(std::int64_t changed, std::uint64_t ran_seconds, std::int64_t now) {
  if (changed == 0 || changed <= now - kDay) return;
  if (more_ && changed < newest_.begin()->first) return;
  newest_.emplace(changed, changed - static_cast<std::int64_t>(ran_seconds));
  if (newest_.size() <= kCompletionsKept) return;
  newest_.erase(newest_.begin());
  more_ = true;
}

Throughput Pace::throughput(std::int64_t now) const {
  if (newest_.empty()) return {};
  // Where all are known it began when the first of them did; else one was just completed when the
  // first that is kept began to be waited for.
  std::int64_t begin = newest_.begin()->first;
  if (!more_) {
    for (const auto& [completed, started] : newest_) begin = std::min(begin, started);
  }
  const std::uint64_t counted = more_ ? newest_.size() - 1 : newest_.size();
  return {counted, std::max<std::int64_t>(now - begin, 1)};
}

}  // namespace holdfast
