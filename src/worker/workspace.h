// The directories of one worker slot on this machine: a folder for each attempt, so that what an
// earlier one left running knows no path that a later one uses.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/own_folder.h"

namespace holdfast {

class Workspace {
 public:
  // `root` belongs to this slot alone; it is created when first used.
  explicit Workspace(std::filesystem::path root) : root_(std::move(root)) {}

  // Makes the folders of an attempt, whose name is its own for ever. Throws Error, also where
  // `root` holds what is not ours to remove.
  void begin(const std::string& attempt);

  // What attempts left, also those of a worker that was killed: to be removed before the next one.
  std::vector<std::filesystem::path> left() const;
  // What could not be removed, such as files of another user, is said once. It is in nobody's way,
  // and is tried again next time.
  void say_kept(const std::filesystem::path& folder, const std::string& why);

  std::filesystem::path checkpoint() const { return attempt_ / "checkpoint"; }
  std::filesystem::path output() const { return attempt_ / "output"; }
  // For the task's temporary files.
  std::filesystem::path scratch() const { return attempt_ / "tmp"; }
  // What the job is given; made when it is fetched.
  std::filesystem::path input() const { return attempt_ / "input"; }
  std::filesystem::path job_file() const { return attempt_ / "job.json"; }
  std::filesystem::path socket() const { return attempt_ / "socket"; }
  // Snapshots wait here for their upload, each below its own number.
  std::filesystem::path snapshots() const { return attempt_ / "snapshots"; }

 private:
  const std::filesystem::path root_;
  std::filesystem::path attempt_;
  std::set<std::string> said_;
};

// What a slot's folder held before there was one for each attempt.
const OldLayout& old_workspace();

}  // namespace holdfast
