#include "results/target_tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

FileDescriptor make_and_open(int above, const std::string& name, const fs::path& shown) {
  if (::mkdirat(above, name.c_str(), 0777) != 0 && errno != EEXIST) {
    throw_system_error("create the folder", shown);
  }
  FileDescriptor folder(::openat(above, name.c_str(), kOpenFolder));
  if (folder.open()) return folder;
  if (errno != ENOTDIR && errno != ELOOP) throw_system_error("open the folder", shown);
  struct stat status {};
  const bool link =
      ::fstatat(above, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
  throw Error(ErrorKind::rejected,
              shown.string() + (link ? " is a symbolic link, and nothing is written through one"
                                     : " is in the way: a folder has to go there"));
}

}  // namespace

TargetTree::TargetTree(fs::path root) : root_(std::move(root)) {
  make_folders(root_);
  folder_ = FileDescriptor(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_.open()) throw_system_error("open", root_);
  parts_ = make_and_open(folder_.get(), kPartsFolder, root_ / kPartsFolder);
}

TargetTree::Place TargetTree::place_of(std::string_view path) const {
  FileDescriptor folder(::fcntl(folder_.get(), F_DUPFD_CLOEXEC, 0));
  if (!folder.open()) throw_system_error("open", root_);
  std::size_t begin = 0;
  for (std::size_t end = path.find('/'); end != std::string_view::npos;
       end = path.find('/', begin)) {
    const std::string name(path.substr(begin, end - begin));
    folder = make_and_open(folder.get(), name, root_ / path.substr(0, end));
    begin = end + 1;
  }
  return {std::move(folder), std::string(path.substr(begin)), root_ / path};
}

TargetTree::Place TargetTree::part(const std::string& name) const {
  FileDescriptor folder(::fcntl(parts_.get(), F_DUPFD_CLOEXEC, 0));
  if (!folder.open()) throw_system_error("open", root_ / kPartsFolder);
  return {std::move(folder), name, root_ / kPartsFolder / name};
}

void TargetTree::move(const Place& from, const Place& to) {
  if (::renameat(from.folder.get(), from.name.c_str(), to.folder.get(), to.name.c_str()) == 0) {
    return;
  }
  if (errno == EISDIR || errno == ENOTEMPTY || errno == EEXIST) {
    throw Error(ErrorKind::rejected,
                to.shown.string() + " is a folder, and a file has to go there");
  }
  throw_system_error("write", to.shown);
}

void TargetTree::remove_parts() noexcept {
  parts_.reset();
  static_cast<void>(try_remove_tree(root_ / kPartsFolder));
}

}  // namespace holdfast
