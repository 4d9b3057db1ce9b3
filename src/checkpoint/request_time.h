// How long one request to the store may take, its repetitions included, and how many there are.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "ports/clock.h"

namespace holdfast {

// How many chunks are under way at once. Each holds a chunk or two in memory (8 MiB).
constexpr int kTransferWidth = 4;

// A line slower than this counts as none.
constexpr std::uint64_t kBytesPerSecondMin = 64 * 1024;

// `size_bytes`: how much the request moves. Short, because nobody else can use the transfer thread
// meanwhile; whoever needs longer asks again.
inline TimePoint request_deadline(const Clock& clock, std::uint64_t size_bytes) {
  return clock.now() + std::chrono::seconds(20) +
         std::chrono::seconds(size_bytes / kBytesPerSecondMin);
}

}  // namespace holdfast
