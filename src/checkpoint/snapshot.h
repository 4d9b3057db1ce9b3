// Copies a directory as it is at one instant. The caller sees to it that nobody writes to it
// meanwhile, by stopping the task or because the task waits.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "checkpoint/mapped_files.h"

namespace holdfast {

// Copies what `from` holds to `to`, which must not exist: regular files with their holes, modes and
// modification times (sharing their blocks where the file system can), symbolic links as such,
// empty directories. Hard links become separate files; owners and extended attributes are not kept.
//
// Returns what was left out, relative to `from`: sockets, pipes and devices. A file that is gone
// by the time that its turn comes is left out in silence. Throws Error that names the
// file if one cannot be read or written, and Error (unavailable) once `stop` is requested; then
// nothing is left of `to`.
std::vector<std::filesystem::path> copy_directory(const std::filesystem::path& from,
                                                  const std::filesystem::path& to,
                                                  const std::stop_token& stop);

// As above, without a way to give it up.
std::vector<std::filesystem::path> copy_directory(const std::filesystem::path& from,
                                                  const std::filesystem::path& to);

// Takes one snapshot of a directory after the other. A file that has not changed since the last one
// is shared with it (a hard link), and not read. One thread at a time.
//
// Unchanged means: same inode, size, modification and change time; the change time, which no
// program can set, lay well in the past then, so that a write in the same tick of the kernel's
// clock is not missed; and no process had it mapped writable, then or now.
class SnapshotTaker {
 public:
  // How long a file must have been left alone before its times are believed. File systems stamp
  // in steps of some milliseconds, old ones of two seconds.
  static constexpr std::chrono::nanoseconds kSettled = std::chrono::seconds(2);
  static constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

  // `space_bytes_max`: what snapshots that are still there, and the one being taken, may hold
  // together, what they share counted once and blocks shared by reflink as if they were not.
  explicit SnapshotTaker(std::uint64_t space_bytes_max = kNoLimit,
                         std::filesystem::path proc = "/proc",
                         std::chrono::nanoseconds settled = kSettled);

  // As copy_directory. Calls `directory_free` once `from` may be written again: what is shared is
  // linked after that, for with many files it takes longest. The snapshot taken last should still
  // be there, and stay until this one is complete; without it all is copied. Throws DiskFull also
  // if the snapshot would take more space than it may.
  std::vector<std::filesystem::path> take(
      const std::filesystem::path& from, const std::filesystem::path& to,
      const std::stop_token& stop, const std::function<void()>& directory_free = [] {});

 private:
  friend class TreeCopy;
  struct Seen {
    struct stat status {};
    bool settled = false;
  };
  // A snapshot that was taken. Each shares with the one before only.
  struct Taken {
    std::filesystem::path path;
    std::uint64_t shared_bytes = 0;
    std::uint64_t own_bytes = 0;
  };
  // Whether it can be shared with the last snapshot. Notes it for the next one.
  bool unchanged(const std::filesystem::path& relative, const struct stat& status);
  void forget_removed();
  void count_shared(const struct stat& status);
  // Before it is copied.
  void count_copied(const struct stat& status);
  std::uint64_t space_taken() const;

  const std::uint64_t space_bytes_max_;
  const std::filesystem::path proc_;
  const std::chrono::nanoseconds settled_;
  std::filesystem::path from_;
  std::filesystem::path last_;        // The snapshot taken last.
  std::map<std::string, Seen> seen_;  // What it holds, by path, as it was in the directory.
  // Of the snapshot being taken.
  std::map<std::string, Seen> now_seen_;
  Taken now_taken_;
  std::vector<Taken> taken_;  // Those that are still there, in order.
  MappedFiles mapped_;
  std::int64_t began_ns_ = 0;  // Since the epoch, by the clock that stamps files.
};

// Removes a directory with all that it holds, directories that forbid it included. Absent is
// fine. Throws Error.
void remove_directory(const std::filesystem::path& directory);

}  // namespace holdfast
