#include "core/interval.h"

#include <algorithm>
#include <cmath>

namespace holdfast {

Duration best_interval(const CheckpointCost& cost, Duration mtbf) {
  using Seconds = std::chrono::duration<double>;
  const double delta = Seconds(cost.held).count() + kSavingShare * Seconds(cost.saving).count();
  const double mean = Seconds(mtbf).count();
  const double ratio = delta / (2 * mean);
  // Beyond this a checkpoint costs more than the work that it saves.
  const double seconds =
      ratio < 1 ? std::sqrt(2 * delta * mean) * (1 + std::sqrt(ratio) / 3 + ratio / 9) - delta
                : mean;
  const Duration best = std::chrono::duration_cast<Duration>(
      Seconds(std::min(seconds, Seconds(kIntervalMax).count())));
  return std::max(std::clamp(best, kIntervalMin, kIntervalMax), cost.saving);
}

Duration mean_time_between_interruptions(const Exposure& exposure) {
  using Seconds = std::chrono::duration<double>;
  const double ran = kMtbfPriorWeight * Seconds(kMtbfPrior).count() + Seconds(exposure.ran).count();
  const double interruptions = kMtbfPriorWeight + static_cast<double>(exposure.interruptions);
  return std::chrono::duration_cast<Duration>(Seconds(ran / interruptions));
}

}  // namespace holdfast
