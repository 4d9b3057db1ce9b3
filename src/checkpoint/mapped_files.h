// Which files processes have mapped writable: their times tell nothing about their content, because
// a page that is written again and again is stamped once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace holdfast {

// The files that any process has mapped shared and writable, as far as a `proc` shows.
class MappedFiles {
 public:
  MappedFiles() = default;
  explicit MappedFiles(const std::filesystem::path& proc);

  // By inode number, on whatever device, or by path: what a mapping calls its device is not always
  // what stat() does. One file too many is only copied for nothing.
  bool contains(std::uint64_t inode, const std::filesystem::path& directory,
                const std::filesystem::path& relative) const {
    if (inodes_.contains(inode)) return true;
    return !paths_.empty() && paths_.contains((directory / relative).native());
  }

 private:
  std::set<std::uint64_t> inodes_;
  std::set<std::string> paths_;
};

}  // namespace holdfast
