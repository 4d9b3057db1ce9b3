#include "simulate/cold_start.h"

#include <array>
#include <cstddef>
#include <utility>

namespace holdfast {

Hours cold_start(Hours median, Random& random) {
  // Share of instances, and the time by which they run, in medians.
  static constexpr std::array<std::pair<double, double>, 5> kCurve = {
      {{0, 0.3}, {0.5, 1}, {0.8, 2}, {0.9, 4}, {1, 8}}};
  const double share = random.fraction();
  std::size_t i = 1;
  while (i + 1 < kCurve.size() && share > kCurve[i].first) ++i;
  const auto [from_share, from] = kCurve[i - 1];
  const auto [to_share, to] = kCurve[i];
  return median * (from + (to - from) * (share - from_share) / (to_share - from_share));
}

}  // namespace holdfast
