// Copies a directory as it is at one instant. The caller sees to it that nobody writes to it
// meanwhile, by stopping the task or because the task waits; who writes all the same is noticed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/record_file.h"
#include "ports/standstill.h"

namespace holdfast {

// Takes one snapshot of a directory after the other: regular files with their holes and hard links,
// modes, owners, extended attributes and modification times (sharing their blocks where the file
// system can), symbolic links as such, empty directories. A file that has not changed since the
// last one is shared with it (a hard link), and not read. One thread at a time.
//
// Unchanged means: same inode, size, modification and change time; the change time, which no
// program can set, lay well in the past then, so that a write in the same tick of the kernel's
// clock is not missed; no process had it mapped writable, then or now; and its file system tells
// the truth about all this (file_system.h).
//
// Most of the looking is done before the directory stands still: what is written between that and
// the standstill is told by the kernel (inotify), and looked at once more; so is what somebody has
// open for writing. Without that, or when it missed something, everything is looked at again.
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
  ~SnapshotTaker();

  // What matches these is left out, and what the directory's own rules say (exclusions.h). Without
  // this call, nothing is.
  void leave_out(std::vector<std::string> patterns) { excluded_ = std::move(patterns); }

  // Copies what `from` holds to `to`, which must not exist. Returns what was left out, relative to
  // `from`: sockets, pipes and devices. Throws Error that names the file if one cannot be read or
  // written, or is written meanwhile, DiskFull also if the snapshot would take more space than it
  // may, and Error (unavailable) once `stop` is requested; then nothing is left of `to`.
  //
  // What is shared is linked after the standstill, for with many files it takes longest. The
  // snapshot taken last should still be there, and stay until this one is complete; without it all
  // is copied. Lists that are too long for memory lie beside `to`, in files without a name.
  std::vector<std::filesystem::path> take(const std::filesystem::path& from,
                                          const std::filesystem::path& to,
                                          const std::stop_token& stop,
                                          const Standstill& standstill = {});

 private:
  friend class TreeCopy;
  // A snapshot that was taken. Each shares with the one before only.
  struct Taken {
    std::filesystem::path path;
    std::uint64_t shared_bytes = 0;
    std::uint64_t own_bytes = 0;
  };
  void forget_removed();
  void count_copied(std::uint64_t bytes);
  std::uint64_t space_taken() const;

  const std::uint64_t space_bytes_max_;
  const std::filesystem::path proc_;
  const std::chrono::nanoseconds settled_;
  std::optional<std::vector<std::string>> excluded_;
  bool excluded_said_ = false;  // Of this directory.
  std::filesystem::path from_;
  std::filesystem::path last_;        // The snapshot taken last.
  std::unique_ptr<RecordFile> seen_;  // What it holds, in path order, as it was in the directory.
  std::optional<std::uint64_t> trusted_device_;  // Whose file system was found to tell the truth.
  Taken now_taken_;                              // The one being taken.
  std::vector<Taken> taken_;                     // Those that are still there, in order.
};

// Removes a directory with all that it holds, directories that forbid it included. Absent is
// fine. Throws Error.
void remove_directory(const std::filesystem::path& directory);

}  // namespace holdfast
