#include "core/deletion_cost.h"

#include <algorithm>

namespace holdfast {

std::uint32_t deletion_cost(Occupation occupation, Duration unsaved) {
  switch (occupation) {
    case Occupation::idle:
    case Occupation::leaving:
      return 0;
    case Occupation::storing:
      return kDeletionCostMax;
    case Occupation::busy:
      break;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(unsaved).count();
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(seconds, 1, std::int64_t{kDeletionCostMax} - 1));
}

}  // namespace holdfast
