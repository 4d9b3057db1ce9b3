// How a directory comes to stand still while it is copied.
#pragma once

#include <functional>

namespace holdfast {

struct Standstill {
  // Nobody writes to it from when this returns. Called once at most. Throws Error if that cannot
  // be.
  std::function<void()> begin = [] {};
  // From now on it may be written again. Called once at most.
  std::function<void()> end = [] {};
};

}  // namespace holdfast
