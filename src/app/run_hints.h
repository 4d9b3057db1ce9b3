// What `holdfast run` tells once about programs that leave files where nobody keeps them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/locked.h"
#include "base/time.h"

namespace holdfast {

class RunHints {
 public:
  // The programs run in `directory` (empty: each in a folder of its own), `slots` at a time, from
  // `start` on. `ours` are files and folders there that are not theirs.
  RunHints(std::filesystem::path directory, std::size_t slots, WallTime start,
           std::vector<std::filesystem::path> ours);

  // A job was completed; `without_result`: it left nothing in its output folder. What is to be
  // told, once; empty: nothing. Any thread.
  std::string completed(const std::string& job, bool without_result);

 private:
  // The name of a file that was written there since the start; empty: there is none.
  std::string written_file() const;

  const std::filesystem::path directory_;
  const std::size_t slots_;
  const WallTime start_;
  const std::vector<std::filesystem::path> ours_;
  Locked<bool> told_;
};

}  // namespace holdfast
