// What is written in the folders of a directory while somebody looks at it. Needs no privilege; it
// does not see writes through mappings, nor those that other machines make.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/file.h"

namespace holdfast {

class FolderWatch {
 public:
  FolderWatch();

  // Watches one folder, `path` relative to the directory, which `spelled` leads to.
  void add(const std::string& path, const std::string& spelled);

  struct Changes {
    // Everything may have changed: a folder came, went or moved, or something was missed.
    bool all = false;
    std::set<std::string> entries;  // Relative paths.
    std::set<std::string> folders;  // Whose own mode, owner or time may have changed.
  };
  // Keeps what the kernel has to tell, which remembers only so much. Whether everything may have
  // changed by now.
  bool collect();
  // What changed since the last call, or the first add().
  Changes take();
  bool reliable() const noexcept { return reliable_; }

 private:
  void note(int watch, std::uint32_t mask, const std::string& name);

  FileDescriptor inotify_;
  bool reliable_ = true;
  Changes changes_;
  std::map<int, std::string> folders_;  // By the kernel's number of the watch.
};

}  // namespace holdfast
