#include "checkpoint/snapshot_entries.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/file.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// Files can have times that no nanoseconds since 1970 can tell.
std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  return std::clamp<std::int64_t>(time.tv_sec, -kSecondsMax, kSecondsMax) * kSecond + time.tv_nsec;
}

Entry entry_of(const fs::path& snapshot, const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw_system_error("look at", path);
  Entry entry;
  entry.path = path.lexically_relative(snapshot).string();
  entry.mode = status.st_mode & 07777;
  entry.modified_ns = nanoseconds(status.st_mtim);
  if (S_ISLNK(status.st_mode)) {
    entry.kind = EntryKind::symlink;
    entry.target = fs::read_symlink(path).string();
  } else if (S_ISDIR(status.st_mode)) {
    entry.kind = EntryKind::folder;
  } else {
    entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
  }
  return entry;
}

std::vector<fs::path> paths_below(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    // The task's own directory may hold pipes and sockets, which would block or fail for ever.
    const fs::file_type type = item.symlink_status().type();
    const bool kept = type == fs::file_type::regular || type == fs::file_type::directory ||
                      type == fs::file_type::symlink;
    if (kept) paths.push_back(item.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::vector<Entry> entries_of(const fs::path& snapshot) {
  std::vector<Entry> entries;
  for (const fs::path& path : paths_below(snapshot)) entries.push_back(entry_of(snapshot, path));
  return entries;
}

}  // namespace holdfast
