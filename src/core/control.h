// What a task says to its worker: one datagram of KEY=value lines (docs/task-contract.md). Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

constexpr std::size_t kTaskMessageBytesMax = 4 * 1024;
constexpr std::size_t kStatusBytesMax = 256;
constexpr std::chrono::seconds kStallAfterMax = std::chrono::hours(24 * 30);

struct TaskMessage {
  std::optional<double> progress;     // 0 to 1.
  std::optional<std::string> status;  // One line of valid UTF-8.
  std::optional<std::uint64_t> step;
  std::optional<std::chrono::seconds> stall_after;  // 1 second to kStallAfterMax.
  bool checkpoint = false;
  bool finished = false;
  // What was said and not understood, a sentence each; at most one per key that we know.
  std::vector<std::string> ignored;
};

// Never throws, whatever `datagram` holds. Keys that are not ours are skipped in silence; of a key
// that comes twice the last good value stands.
TaskMessage parse_task_message(std::string_view datagram);

}  // namespace holdfast
