// The simulation's unit of time.
#pragma once

#include <chrono>

namespace holdfast {

using Hours = std::chrono::duration<double, std::ratio<3600>>;

}  // namespace holdfast
