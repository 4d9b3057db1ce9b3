// Walks a directory with all below it, in path order (core/checkpoint.h): the only walker there is.
// Folders are opened relative to the one that holds them and never through a link, so nothing
// outside can be reached, whatever is renamed meanwhile. Any depth, any number of entries.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/record_file.h"

namespace holdfast {

class TreeWalk {
 public:
  enum class Moment {
    entry,       // Something that a folder holds. A folder is opened by the next call only.
    folder_end,  // All of a folder was told; `self` is open for the last time.
    gone,        // It was there a moment ago.
  };
  struct Item {
    Moment moment = Moment::entry;
    std::string path;       // Relative; empty: the directory itself.
    std::string name;       // The last part of it.
    int folder = -1;        // The open folder that holds it; AT_FDCWD for the directory itself.
    int self = -1;          // folder_end: the folder itself.
    struct stat status {};  // As it was when its folder was read; not if it is gone.
    bool is_folder() const { return S_ISDIR(status.st_mode); }
  };

  // `spill`: where a list of names that is too long for memory may lie.
  TreeWalk(std::filesystem::path root, std::filesystem::path spill);
  ~TreeWalk();

  // The directory itself comes first and, as the end of a folder, last. nullptr after that. Throws
  // Error (rejected) that names what cannot be read.
  const Item* next();
  // What the folder that was told last holds is left out, and its end.
  void skip() { enter_ = false; }

  const std::filesystem::path& root() const noexcept { return root_; }

 private:
  struct Level;

  bool open_folder();
  void read_names(Level& level);
  int descriptor_of(std::size_t level);

  const std::filesystem::path root_;
  const std::filesystem::path spill_;
  bool begun_ = false;
  bool enter_ = false;                          // The folder that was told last.
  std::vector<std::unique_ptr<Level>> levels_;  // In which we are.
  FileDescriptor ended_;                        // The folder whose end was told last.
  Item item_;
};

// Opens folders below a root, by relative path, through no link. Cheap for those near the last one.
class FolderCursor {
 public:
  explicit FolderCursor(std::filesystem::path root) : root_(std::move(root)) {}

  // The open folder `path`; empty: the root. Valid until the next call. Throws Error (rejected).
  int at(std::string_view path);
  // The folder that holds `path`, and its last part.
  struct Place {
    int folder;
    std::string name;
  };
  Place place_of(std::string_view path);

 private:
  struct Level {
    std::size_t path_size;
    FileDescriptor descriptor;  // Closed if it is far up.
  };
  std::filesystem::path root_;
  std::string path_;
  std::vector<Level> levels_;
};

}  // namespace holdfast
