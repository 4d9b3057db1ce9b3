// Points in time and durations. Interfaces take deadlines (TimePoint), never timeouts; the wall
// clock is for people, and nothing is decided by comparing two machines' clocks.
#pragma once

#include <chrono>

namespace holdfast {

using TimePoint = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

using namespace std::chrono_literals;

}  // namespace holdfast
