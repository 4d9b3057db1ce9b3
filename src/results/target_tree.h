// A folder of the user that results are written to. Folders below it are opened relative to their
// parent and never through a link, so nothing outside is written, whatever the names are, even if
// somebody renames folders meanwhile. A file appears whole or not at all. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"

namespace holdfast {

class TargetTree {
 public:
  // What is not whole yet lies in this folder of the root. No job's id begins with a dot.
  static constexpr const char* kPartsFolder = ".holdfast-fetch";

  // `root` is made if it is missing. If it is a link, it is followed.
  explicit TargetTree(std::filesystem::path root);

  struct Place {
    FileDescriptor folder;
    std::string name;
    std::filesystem::path shown;  // For people.
  };
  // Where `path` (relative, '/'-separated, without "." and "..") goes. The folders above it are
  // made if they are missing. Throws Error (rejected) that names what is in the way.
  Place place_of(std::string_view path) const;
  // The same for a file that is not whole yet.
  Place part(const std::string& name) const;

  // Gives what is at `from` the name `to`, in place of a file or link that has it.
  static void move(const Place& from, const Place& to);

  // Removes what is not whole. What stands in the way stays.
  void remove_parts() noexcept;

  const std::filesystem::path& root() const noexcept { return root_; }

 private:
  const std::filesystem::path root_;
  FileDescriptor folder_;
  FileDescriptor parts_;
};

}  // namespace holdfast
