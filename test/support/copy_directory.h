// A directory copied once, by a taker of snapshots that knows no earlier one.
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "checkpoint/snapshot.h"

namespace holdfast {

inline std::vector<std::filesystem::path> copy_directory(const std::filesystem::path& from,
                                                         const std::filesystem::path& to,
                                                         const std::stop_token& stop = {},
                                                         const Standstill& standstill = {}) {
  return SnapshotTaker().take(from, to, stop, standstill);
}

}  // namespace holdfast
