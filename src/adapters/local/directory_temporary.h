// A file that is being written below a name that nobody reads. It is locked while its writer lives,
// so that those of writers that died can be told from the others and swept away.
#pragma once

#include <filesystem>

#include "base/file.h"

namespace holdfast {

class DirectoryTemporary {
 public:
  // Makes an empty file in `folder`. Throws Error (machine).
  explicit DirectoryTemporary(const std::filesystem::path& folder);
  // Removes the name, if rename_to() has not taken it.
  ~DirectoryTemporary();
  DirectoryTemporary(const DirectoryTemporary&) = delete;
  DirectoryTemporary& operator=(const DirectoryTemporary&) = delete;

  const FileDescriptor& file() const noexcept { return file_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  // What is written so far survives a power cut.
  void sync() const;

  // How many names the file has.
  unsigned long links() const;

  // Replaces `target`, at once and whole. False, with the reason in errno, if that failed.
  [[nodiscard]] bool rename_to(const std::filesystem::path& target) noexcept;

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  bool named_ = true;
};

// Removes the files in `folder` whose writers are gone, some thousands at most.
void sweep_temporaries(const std::filesystem::path& folder);

}  // namespace holdfast
