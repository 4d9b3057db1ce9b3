// Keeps a folder for one process: locked from construction to the end of the process, however that
// comes. The file itself stays.
#pragma once

#include <filesystem>
#include <optional>

#include "base/file.h"

namespace holdfast {

class FolderLock {
 public:
  // nullopt if another process holds it; two of the same process are not told apart. Makes the
  // folder. Throws Error (machine) if it cannot be used at all.
  static std::optional<FolderLock> try_lock(const std::filesystem::path& folder);

 private:
  explicit FolderLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace holdfast
