// Which files of a directory our processes hold open for writing: what they write through a mapping
// that is gone again, or by asynchronous calls, no watch tells.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace holdfast {

class OpenFiles {
 public:
  using Number = std::pair<dev_t, ino_t>;

  OpenFiles() = default;
  // Those that this process and all below it hold now, as far as `proc` shows.
  OpenFiles(const std::filesystem::path& proc, const std::filesystem::path& directory);

  bool contains(dev_t device, ino_t inode) const { return files_.contains({device, inode}); }
  // Relative to the directory; empty where that is unknown, because who holds it sees other paths.
  const std::map<Number, std::string>& files() const noexcept { return files_; }
  // A process does not show what it holds.
  bool hidden() const noexcept { return hidden_; }

 private:
  void add(const std::filesystem::path& process, const std::string& directory, dev_t device);

  std::map<Number, std::string> files_;
  bool hidden_ = false;
};

}  // namespace holdfast
