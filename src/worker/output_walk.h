// Finds what a task left in its output directory. Symbolic links are followed, to files and to
// folders: what they lead to is the result. Links that lead nowhere, back to a folder that they lie
// in, or into /proc or /sys, are kept as links. Each name of a file with several (hard links) is a
// file of its own.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/output_list.h"
#include "holdfast/error.h"

namespace holdfast {

// An output cannot be read: the job's own fault, for no worker will be able to.
class OutputUnreadable final : public Error {
 public:
  explicit OutputUnreadable(const std::string& what) : Error(ErrorKind::rejected, what) {}
};

// What a person should hear of, by path.
struct OddOutputs {
  std::vector<std::string> no_files;        // Sockets, pipes and devices: left out.
  std::vector<std::string> links;           // Kept as links.
  std::vector<std::string> unmatched = {};  // Patterns of results that match nothing.

  void add(OddOutputs more);
};

// Visits every output below `directory` with its file, folder by folder, in the order of their
// names; size and digest of files are not known yet. Throws OutputUnreadable.
OddOutputs walk_outputs(
    const std::filesystem::path& directory,
    const std::function<void(Output output, const std::filesystem::path& file)>& visit);

// The same for what is at `path` below `directory`: a file, or a folder with all below it.
OddOutputs walk_output(
    const std::filesystem::path& directory, const std::string& path,
    const std::function<void(Output output, const std::filesystem::path& file)>& visit);

}  // namespace holdfast
