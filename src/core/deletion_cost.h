// What it costs to lose a worker just now, for a cloud that chooses whom it takes away when the
// fleet shrinks. Pure.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace holdfast {

enum class Occupation {
  idle,     // Nothing is lost.
  busy,     // The work since the last committed checkpoint.
  storing,  // A whole job is about to be done.
  leaving,  // It goes by itself: whoever takes it takes nothing.
};

// The public API of SaladCloud takes no more.
constexpr std::uint32_t kDeletionCostMax = 100'000;

// Busy ones cost a point for each second of `unsaved` work, at least one and less than who stores.
std::uint32_t deletion_cost(Occupation occupation, Duration unsaved);

}  // namespace holdfast
