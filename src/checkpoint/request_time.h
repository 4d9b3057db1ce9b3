// How long one request to the store may take, its repetitions included.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "ports/clock.h"

namespace holdfast {

// A line slower than this counts as none.
constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;

// `size_bytes`: how much the request moves. Short, because nobody else can use the transfer thread
// meanwhile; whoever needs longer asks again.
inline TimePoint request_deadline(const Clock& clock, std::uint64_t size_bytes) {
  return clock.now() + std::chrono::seconds(20) +
         std::chrono::seconds(size_bytes / kBytesPerSecondMin);
}

}  // namespace holdfast
