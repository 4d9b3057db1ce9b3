// The directories of one worker slot on this machine, emptied between two jobs.
#pragma once

#include <filesystem>

namespace holdfast {

class Workspace {
 public:
  // `root` belongs to this slot alone; it is created when first used.
  explicit Workspace(std::filesystem::path root) : root_(std::move(root)) {}

  // Leaves nothing of an earlier job, also of one whose worker was killed. Throws Error.
  void prepare() const;

  std::filesystem::path checkpoint() const { return root_ / "checkpoint"; }
  std::filesystem::path output() const { return root_ / "output"; }
  std::filesystem::path job_file() const { return root_ / "job.json"; }
  std::filesystem::path socket() const { return root_ / "socket"; }
  // Snapshots wait here for their upload, each below its own number.
  std::filesystem::path snapshots() const { return root_ / "snapshots"; }

 private:
  std::filesystem::path root_;
};

}  // namespace holdfast
