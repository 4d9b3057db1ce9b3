// Which files processes have mapped writable: their times tell nothing about their content, because
// a page that is written again and again is stamped once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace holdfast {

// The files that processes have mapped shared and writable, as far as a `proc` shows.
class MappedFiles {
 public:
  // Adds those of every process on the machine.
  void add_all(const std::filesystem::path& proc);
  // Adds those of this process and all below it, which is quick.
  void add_own(const std::filesystem::path& proc);

  // By inode number, on whatever device, or by path: what a mapping calls its device is not always
  // what stat() does. One file too many is only copied for nothing.
  bool contains(std::uint64_t inode, const std::filesystem::path& directory,
                const std::string& relative) const {
    if (all_ || inodes_.contains(inode)) return true;
    return !paths_.empty() && paths_.contains((directory / relative).native());
  }

  friend bool operator==(const MappedFiles&, const MappedFiles&) = default;

 private:
  void add_process(const std::filesystem::path& process, bool must_be_readable);

  bool all_ = false;  // A process of ours does not say what it maps.
  std::set<std::uint64_t> inodes_;
  std::set<std::string> paths_;
};

}  // namespace holdfast
