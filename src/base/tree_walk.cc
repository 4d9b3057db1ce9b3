#include "base/tree_walk.h"

#include <dirent.h>
#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace holdfast {

namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// Further up, folders are closed, and opened again from the root when we are back.
constexpr std::size_t kOpenMax = 64;

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

}  // namespace

struct TreeWalk::Level {
  Level(std::string path_, std::string name_, const struct stat& status_,
        const std::filesystem::path& spill)
      : path(std::move(path_)), name(std::move(name_)), status(status_), names(spill) {}
  std::string path;
  std::string name;
  struct stat status;
  FileDescriptor descriptor;
  RecordSorter names;
};

TreeWalk::TreeWalk(std::filesystem::path root, std::filesystem::path spill)
    : root_(std::move(root)), spill_(std::move(spill)) {}

TreeWalk::~TreeWalk() = default;

// Of a folder in which we are.
int TreeWalk::descriptor_of(std::size_t level) {
  if (levels_[level]->descriptor.open()) return levels_[level]->descriptor.get();
  FileDescriptor folder(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t i = 1; i <= level && folder.open(); ++i) {
    folder = FileDescriptor(::openat(folder.get(), levels_[i]->name.c_str(), kOpenFolder));
  }
  struct stat status {};
  if (!folder.open() || ::fstat(folder.get(), &status) != 0) {
    throw_system_error("read", root_ / levels_[level]->path);
  }
  if (status.st_ino != levels_[level]->status.st_ino ||
      status.st_dev != levels_[level]->status.st_dev) {
    throw Error(ErrorKind::rejected, "cannot read " + (root_ / levels_[level]->path).string() +
                                         ": it was moved meanwhile");
  }
  levels_[level]->descriptor = std::move(folder);
  return levels_[level]->descriptor.get();
}

// The one that was told last. False if it is gone.
bool TreeWalk::open_folder() {
  auto level = std::make_unique<Level>(item_.path, item_.name, item_.status, spill_);
  level->descriptor =
      FileDescriptor(levels_.empty() ? ::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                     : ::openat(item_.folder, item_.name.c_str(), kOpenFolder));
  if (!level->descriptor.open()) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return false;
    throw_system_error("read", root_ / item_.path);
  }
  struct stat status {};
  if (::fstat(level->descriptor.get(), &status) != 0) {
    throw_system_error("read", root_ / item_.path);
  }
  if (status.st_ino != item_.status.st_ino || status.st_dev != item_.status.st_dev) return false;
  read_names(*level);
  levels_.push_back(std::move(level));
  if (levels_.size() > kOpenMax) levels_[levels_.size() - kOpenMax - 1]->descriptor.reset();
  return true;
}

void TreeWalk::read_names(Level& level) {
  const std::unique_ptr<DIR, CloseDirectory> listing(
      ::fdopendir(::fcntl(level.descriptor.get(), F_DUPFD_CLOEXEC, 0)));
  if (!listing) throw_system_error("read", root_ / level.path);
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {  // Ends with the folder.
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") level.names.add(name);
    errno = 0;
  }
  if (errno != 0) throw_system_error("read", root_ / level.path);
}

const TreeWalk::Item* TreeWalk::next() {
  if (!std::exchange(begun_, true)) {
    item_.folder = AT_FDCWD;
    if (::stat(root_.c_str(), &item_.status) != 0) throw_system_error("read", root_);
    enter_ = true;
    return &item_;
  }
  if (std::exchange(enter_, false) && !open_folder()) {
    item_.moment = Moment::gone;
    return &item_;
  }
  if (levels_.empty()) return nullptr;
  Level& level = *levels_.back();
  if (const auto name = level.names.next()) {
    item_.moment = Moment::entry;
    item_.name = *name;
    item_.path = level.path.empty() ? item_.name : level.path + '/' + item_.name;
    item_.folder = descriptor_of(levels_.size() - 1);
    item_.self = -1;
    if (::fstatat(item_.folder, item_.name.c_str(), &item_.status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) throw_system_error("read", root_ / item_.path);
      item_.moment = Moment::gone;
    } else {
      enter_ = item_.is_folder();
    }
    return &item_;
  }
  // Its descriptor stays open in item_ until the next call.
  item_.moment = Moment::folder_end;
  item_.path = level.path;
  item_.name = level.name;
  item_.status = level.status;
  static_cast<void>(descriptor_of(levels_.size() - 1));
  ended_ = std::move(level.descriptor);
  item_.self = ended_.get();
  levels_.pop_back();
  item_.folder = levels_.empty() ? AT_FDCWD : descriptor_of(levels_.size() - 1);
  return &item_;
}

int FolderCursor::at(std::string_view path) {
  const auto inside = [&](const Level& level) {
    const std::string_view folder = std::string_view(path_).substr(0, level.path_size);
    return folder.empty() || path == folder ||
           (path.starts_with(folder) && path[folder.size()] == '/');
  };
  while (!levels_.empty() && (!inside(levels_.back()) || !levels_.back().descriptor.open())) {
    levels_.pop_back();
  }
  if (levels_.empty()) {
    FileDescriptor root(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.open()) throw_system_error("open", root_);
    levels_.push_back({0, std::move(root)});
  }
  path_ = path;
  while (levels_.back().path_size < path.size()) {
    const std::size_t begin = levels_.back().path_size == 0 ? 0 : levels_.back().path_size + 1;
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string name(path.substr(begin, end - begin));
    FileDescriptor folder(::openat(levels_.back().descriptor.get(), name.c_str(), kOpenFolder));
    if (!folder.open()) throw_system_error("open", root_ / path.substr(0, end));
    levels_.push_back({end, std::move(folder)});
    if (levels_.size() > kOpenMax) levels_[levels_.size() - kOpenMax - 1].descriptor.reset();
  }
  return levels_.back().descriptor.get();
}

FolderCursor::Place FolderCursor::place_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {at({}), std::string(path)};
  return {at(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

}  // namespace holdfast
