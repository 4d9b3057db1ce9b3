// Brings the results of completed jobs into a folder: several files at a time, each verified by the
// digest in the job's list of outputs. What is there and right is not fetched again, and a file
// that broke off goes on where it stopped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/locked.h"
#include "base/shared_value.h"
#include "core/job.h"
#include "core/output_list.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "results/target_tree.h"

namespace holdfast {

struct FetchWishes {
  std::vector<std::string> only;  // Patterns, as of a shell, of an output's path; empty: all.
  bool flat = false;              // DIR/JOB-a-b.txt instead of DIR/JOB/a/b.txt.
};

// Whether one of `patterns` takes the path, or the last part of it. True if there are none.
bool takes(const std::vector<std::string>& patterns, const std::string& path);

// The file's place below the folder. Pure.
std::string place_in_target(const JobId& job, const std::string& path, bool flat);

struct Fetched {
  std::uint64_t files = 0;  // Fetched now,
  std::uint64_t bytes = 0;  // with so many bytes;
  std::uint64_t there = 0;  // and there already.
  // Of what could not be fetched; a sentence each.
  std::vector<std::string> problems;
};

class Fetcher {
 public:
  // Borrows store and clock. `width`: how many small files of one job are under way at once.
  Fetcher(Store& store, const Clock& clock, std::filesystem::path to, FetchWishes wishes, int width,
          std::stop_token stop);

  // `result`: as the job's newest record names it (result_of()). Returns early if asked to stop.
  // Throws Error if the store or the disk cannot be used, and (corrupt) if the list of the job's
  // outputs is damaged. Any thread.
  Fetched fetch(const JobId& job, const ResultRef& result);

  // So far, of files that are not whole yet, too. Any thread.
  std::uint64_t bytes() const { return bytes_.get(); }

  // Call when nothing is left to go on with.
  void remove_parts() { target_.remove_parts(); }

 private:
  struct Task {
    const JobId& job;
    const Output& output;
    std::vector<std::string> keys;  // Where it lies, the best place first.
  };

  // Each returns whether it was there already, and throws Error (rejected or corrupt) that says
  // why this one cannot be fetched.
  bool bring(const Task& task);
  bool bring_file(const Task& task, const TargetTree::Place& place);
  bool bring_link(const Task& task, const TargetTree::Place& place);
  static bool bring_folder(const Output& output, const TargetTree::Place& place);
  bool is_there(const TargetTree::Place& place, const Output& output) const;
  std::string part_name(const Task& task) const;
  void use_name(const Task& task, const std::string& name);

  Store& store_;
  const Clock& clock_;
  TargetTree target_;
  const FetchWishes wishes_;
  const int width_;
  const std::stop_token stop_;
  SharedValue<std::uint64_t> bytes_{0};
  Locked<std::map<std::string, std::string>> flat_names_;  // Which output has which.
};

}  // namespace holdfast
