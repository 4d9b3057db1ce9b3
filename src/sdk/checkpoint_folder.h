// The program's checkpoints in its checkpoint directory. At every instant, also one at which the
// program is killed or a snapshot is taken, the newest complete one can be told from the rest:
//
//   checkpoint.filling/   being written; never read
//   checkpoint-7/         complete, because it came by that name in one rename
//   checkpoint.retired/   being removed
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

namespace holdfast {

enum class Durability {
  process,  // Outlives the program: a worker looks after the rest.
  machine,  // Outlives a power cut: every file is synced.
};

// One thread.
class CheckpointFolder {
 public:
  // Makes the directory if there is none, and removes what a killed program left half done.
  // Throws Error (unavailable).
  CheckpointFolder(std::filesystem::path directory, Durability durability);

  // What was there at the start: the newest complete checkpoint, else the directory itself if it
  // holds anything, else nothing.
  const std::optional<std::filesystem::path>& found() const noexcept { return found_; }

  // Has `save` fill an empty directory and makes it the newest checkpoint. Throws what `save`
  // throws, or Error (unavailable); then the one before stands.
  void replace(const std::function<void(const std::filesystem::path&)>& save);

 private:
  void remove_older();

  const std::filesystem::path directory_;
  const Durability durability_;
  std::optional<std::filesystem::path> found_;
  std::uint64_t newest_ = 0;  // 0: none.
};

}  // namespace holdfast
