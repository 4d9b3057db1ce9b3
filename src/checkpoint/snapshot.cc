#include "checkpoint/snapshot.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "checkpoint/copy_file.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr int kDepthMax = 128;  // Two descriptors each.
constexpr mode_t kModeBits = 07777;
constexpr mode_t kWhileFilling = 0700;  // The true mode, which may forbid writing, comes last.

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

// The names in an open directory, sorted, so that two copies are made in the same order.
std::vector<std::string> names_in(const FileDescriptor& directory, const fs::path& path) {
  const std::unique_ptr<DIR, CloseDirectory> listing(
      ::fdopendir(::fcntl(directory.get(), F_DUPFD_CLOEXEC, 0)));
  if (!listing) throw_system_error("read", path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {  // Ends with the directory.
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) throw_system_error("read", path);
  std::sort(names.begin(), names.end());
  return names;
}

constexpr std::int64_t kSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * kSecond + time.tv_nsec;
}

std::uint64_t allocated_bytes(const struct stat& status) {
  constexpr std::uint64_t kBlockBytes = 512;  // Of st_blocks, whatever the file system's own.
  return static_cast<std::uint64_t>(status.st_blocks) * kBlockBytes;
}

bool same(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

// Names are opened relative to their directory and never through a link, so that nothing outside
// can be reached, whatever is renamed meanwhile.
class TreeCopy {
 public:
  // `taker`, if there is one, knows what need not be copied.
  TreeCopy(fs::path from, fs::path to, SnapshotTaker* taker, const std::stop_token& stop)
      : from_(std::move(from)), to_(std::move(to)), taker_(taker), stop_(stop) {}

  // Needs the directory as it is at one instant. Nothing is left out of the copy then but what
  // share() adds.
  void copy() {
    FileDescriptor from(::open(from_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!from.open()) throw_system_error("read", from_);
    FileDescriptor to(::open(to_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!to.open()) throw_system_error("write", to_);
    copy_entries(from, to, fs::path(), 0);
  }

  // Adds what is shared with the last snapshot, to which nobody writes, whatever becomes of the
  // directory meanwhile. Then the folders are complete.
  void share() {
    for (const fs::path& relative : to_share_) {
      give_up_if_asked(stop_);
      if (!link_to_last(relative)) throw_system_error("link", to_ / relative);
    }
    for (const Folder& folder : folders_) {
      const FileDescriptor target(
          ::open((to_ / folder.relative).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!target.open()) throw_system_error("write", to_ / folder.relative);
      finish(target, folder.status, folder.relative);
    }
  }

  std::vector<fs::path> left_out() { return std::move(left_out_); }

 private:
  struct Folder {
    fs::path relative;
    struct stat status {};
  };

  void copy_entries(const FileDescriptor& from, const FileDescriptor& to, const fs::path& relative,
                    int depth) {
    if (depth > kDepthMax) {
      throw Error(ErrorKind::rejected, "cannot copy " + (from_ / relative).string() +
                                           ": directories are nested deeper than " +
                                           std::to_string(kDepthMax));
    }
    for (const std::string& name : names_in(from, from_ / relative)) {
      give_up_if_asked(stop_);
      copy_entry(from, to, relative / name, name, depth);
    }
  }

  void copy_entry(const FileDescriptor& from, const FileDescriptor& to, const fs::path& relative,
                  const std::string& name, int depth) {
    struct stat status {};
    if (::fstatat(from.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return;
      throw_system_error("read", from_ / relative);
    }
    switch (status.st_mode & S_IFMT) {
      case S_IFREG:
        if (!leave_to_share(relative, status)) copy_file(from, to, relative, name);
        break;
      case S_IFDIR:
        copy_folder(from, to, relative, name, depth);
        break;
      case S_IFLNK:
        copy_link(from, to, relative, name, status);
        break;
      default:
        left_out_.push_back(relative);
    }
  }

  // The first one is linked at once: where that cannot be (no hard links, the last snapshot gone),
  // all is copied.
  [[nodiscard]] bool leave_to_share(const fs::path& relative, const struct stat& status) {
    if (taker_ == nullptr || !taker_->unchanged(relative, status)) return false;
    if (!can_share_) {
      can_share_ = link_to_last(relative);
      if (!*can_share_) return false;
    } else if (*can_share_) {
      to_share_.push_back(relative);
    }
    if (*can_share_) taker_->count_shared(status);
    return *can_share_;
  }

  [[nodiscard]] bool link_to_last(const fs::path& relative) const {
    return ::link((taker_->last_ / relative).c_str(), (to_ / relative).c_str()) == 0;
  }

  void copy_file(const FileDescriptor& from, const FileDescriptor& to, const fs::path& relative,
                 const std::string& name) {
    // Not to hang where a pipe took the file's place.
    const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    const FileDescriptor source(::openat(from.get(), name.c_str(), flags));
    if (!source.open()) {
      if (errno == ENOENT) return;
      throw_system_error("read", from_ / relative);
    }
    struct stat status {};
    if (::fstat(source.get(), &status) != 0) throw_system_error("read", from_ / relative);
    if (taker_ != nullptr) taker_->count_copied(status);
    const FileDescriptor target(
        ::openat(to.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kWhileFilling));
    if (!target.open()) throw_system_error("write", to_ / relative);
    copy_contents(source, from_ / relative, target, to_ / relative, stop_);
    finish(target, status, relative);
  }

  void copy_folder(const FileDescriptor& from, const FileDescriptor& to, const fs::path& relative,
                   const std::string& name, int depth) {
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const FileDescriptor source(::openat(from.get(), name.c_str(), flags));
    if (!source.open()) {
      if (errno == ENOENT) return;
      throw_system_error("read", from_ / relative);
    }
    struct stat status {};
    if (::fstat(source.get(), &status) != 0) throw_system_error("read", from_ / relative);
    if (::mkdirat(to.get(), name.c_str(), kWhileFilling) != 0) {
      throw_system_error("write", to_ / relative);
    }
    const FileDescriptor target(::openat(to.get(), name.c_str(), flags));
    if (!target.open()) throw_system_error("write", to_ / relative);
    copy_entries(source, target, relative, depth + 1);
    folders_.push_back({relative, status});
  }

  void copy_link(const FileDescriptor& from, const FileDescriptor& to, const fs::path& relative,
                 const std::string& name, const struct stat& status) {
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(from.get(), name.c_str(), target.data(), target.size());
    if (length < 0) {
      if (errno == ENOENT) return;
      throw_system_error("read", from_ / relative);
    }
    const std::string text(target.data(), static_cast<std::size_t>(length));
    if (::symlinkat(text.c_str(), to.get(), name.c_str()) != 0) {
      throw_system_error("write", to_ / relative);
    }
    const timespec times[2] = {status.st_atim, status.st_mtim};
    ::utimensat(to.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  void finish(const FileDescriptor& target, const struct stat& status, const fs::path& relative) {
    const timespec times[2] = {status.st_atim, status.st_mtim};
    if (::fchmod(target.get(), status.st_mode & kModeBits) != 0 ||
        ::futimens(target.get(), times) != 0) {
      throw_system_error("write", to_ / relative);
    }
  }

  const fs::path from_;
  const fs::path to_;
  SnapshotTaker* const taker_;
  const std::stop_token& stop_;
  std::vector<fs::path> left_out_;
  std::optional<bool> can_share_;
  std::vector<fs::path> to_share_;
  std::vector<Folder> folders_;  // Those within a folder before it.
};

namespace {

std::vector<fs::path> copy_tree(const fs::path& from, const fs::path& to, SnapshotTaker* taker,
                                const std::stop_token& stop,
                                const std::function<void()>& directory_free) {
  if (::mkdir(to.c_str(), kWhileFilling) != 0) throw_system_error("make", to);
  try {
    TreeCopy tree(from, to, taker, stop);
    tree.copy();
    directory_free();
    tree.share();
    return tree.left_out();
  } catch (...) {
    try_remove_tree(to);
    throw;
  }
}

}  // namespace

std::vector<fs::path> copy_directory(const fs::path& from, const fs::path& to,
                                     const std::stop_token& stop) {
  return copy_tree(from, to, nullptr, stop, [] {});
}

std::vector<fs::path> copy_directory(const fs::path& from, const fs::path& to) {
  return copy_directory(from, to, std::stop_token());
}

SnapshotTaker::SnapshotTaker(std::uint64_t space_bytes_max, fs::path proc,
                             std::chrono::nanoseconds settled)
    : space_bytes_max_(space_bytes_max), proc_(std::move(proc)), settled_(settled) {}

std::vector<fs::path> SnapshotTaker::take(const fs::path& from, const fs::path& to,
                                          const std::stop_token& stop,
                                          const std::function<void()>& directory_free) {
  if (from != from_) seen_.clear();
  from_ = from;
  now_seen_.clear();
  now_taken_ = {to, 0, 0};
  forget_removed();
  mapped_ = MappedFiles(proc_);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  began_ns_ = nanoseconds(now);
  std::vector<fs::path> left_out = copy_tree(from, to, this, stop, directory_free);
  last_ = to;
  taken_.push_back(now_taken_);
  seen_ = std::exchange(now_seen_, {});
  return left_out;
}

bool SnapshotTaker::unchanged(const fs::path& relative, const struct stat& status) {
  const bool mapped = mapped_.contains(status.st_ino, from_, relative);
  const bool settled = nanoseconds(status.st_ctim) + settled_.count() < began_ns_;
  // In the order of the last time, so that its place is known.
  now_seen_.emplace_hint(now_seen_.end(), relative.native(), Seen{status, settled && !mapped});
  const auto found = seen_.find(relative.native());
  if (found == seen_.end() || !found->second.settled || mapped) return false;
  const struct stat& before = found->second.status;
  return before.st_dev == status.st_dev && before.st_ino == status.st_ino &&
         before.st_size == status.st_size && same(before.st_mtim, status.st_mtim) &&
         same(before.st_ctim, status.st_ctim);
}

// What the next one shared with it may be nobody else's from now on.
void SnapshotTaker::forget_removed() {
  for (std::size_t i = 0; i < taken_.size();) {
    std::error_code unknown;
    if (fs::exists(taken_[i].path, unknown)) {
      ++i;
      continue;
    }
    if (i + 1 < taken_.size()) {
      Taken& next = taken_[i + 1];
      const std::uint64_t inherited = std::min(next.shared_bytes, taken_[i].own_bytes);
      next.own_bytes += inherited;
      next.shared_bytes -= inherited;
    }
    taken_.erase(taken_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void SnapshotTaker::count_shared(const struct stat& status) {
  now_taken_.shared_bytes += allocated_bytes(status);
}

void SnapshotTaker::count_copied(const struct stat& status) {
  now_taken_.own_bytes += allocated_bytes(status);
  if (space_bytes_max_ == kNoLimit || space_taken() <= space_bytes_max_) return;
  throw DiskFull(
      "the snapshots of " + from_.string() + " would take more than the " +
      std::to_string(space_bytes_max_) +
      " bytes that they may (--snapshot-space); allow more, or let checkpoints be rarer");
}

// What the first one shares with one that is gone is its own.
std::uint64_t SnapshotTaker::space_taken() const {
  std::uint64_t bytes = now_taken_.own_bytes;
  if (taken_.empty()) return bytes + now_taken_.shared_bytes;
  bytes += taken_.front().shared_bytes;
  for (const Taken& taken : taken_) bytes += taken.own_bytes;
  return bytes;
}

void remove_directory(const fs::path& directory) {
  remove_tree(directory);
}

}  // namespace holdfast
