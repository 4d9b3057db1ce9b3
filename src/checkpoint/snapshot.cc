#include "checkpoint/snapshot.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "checkpoint/copy_file.h"
#include "checkpoint/exclusions.h"
#include "checkpoint/file_attributes.h"
#include "checkpoint/file_system.h"
#include "checkpoint/folder_watch.h"
#include "checkpoint/mapped_files.h"
#include "checkpoint/tree_copy.h"
#include "core/checkpoint.h"
#include "holdfast/error.h"

namespace holdfast {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kWhileFilling = 0700;  // The true mode, which may forbid writing, comes last.

std::vector<fs::path> copy_tree(TreeCopy& tree, const fs::path& to, const Standstill& standstill) {
  try {
    tree.plan_ahead();
    standstill.begin();
    tree.stands_still();
    tree.catch_up();
    tree.copy();
    tree.check();
    standstill.end();
    tree.complete();
    return tree.left_out();
  } catch (...) {
    try_remove_tree(to);
    throw;
  }
}

}  // namespace

SnapshotTaker::SnapshotTaker(std::uint64_t space_bytes_max, fs::path proc,
                             std::chrono::nanoseconds settled)
    : space_bytes_max_(space_bytes_max), proc_(std::move(proc)), settled_(settled) {}

SnapshotTaker::~SnapshotTaker() = default;

std::vector<fs::path> SnapshotTaker::take(const fs::path& from, const fs::path& to,
                                          const std::stop_token& stop,
                                          const Standstill& standstill) {
  if (from != from_) {
    seen_.reset();
    trusted_device_.reset();
    excluded_said_ = false;
  }
  from_ = from;
  forget_removed();
  if (::mkdir(to.c_str(), kWhileFilling) != 0) throw_system_error("make", to);
  struct stat source {};
  struct stat target {};
  const bool known = ::stat(from.c_str(), &source) == 0 && ::stat(to.c_str(), &target) == 0 &&
                     source.st_dev == target.st_dev;
  // Nothing can be shared with another file system, so there it is not worth asking.
  if (known && trusted_device_ != source.st_dev && tells_the_truth(to)) {
    trusted_device_ = source.st_dev;
  }
  TreeCopy tree(from, to, *this, stop);
  std::vector<fs::path> left_out = copy_tree(tree, to, standstill);
  if (!tree.excluded_paths().empty() && !std::exchange(excluded_said_, true)) {
    log(LogLevel::info, "checkpoints leave files out",
        {{"directory", from.string()}, {"names", names_of(tree.excluded_paths())}});
  }
  last_ = to;
  taken_.push_back(now_taken_);
  seen_ = tree.take_seen();
  return left_out;
}

// Bytes that the next one shared with a removed one are its own from now on.
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

// Before it is copied.
void SnapshotTaker::count_copied(std::uint64_t bytes) {
  now_taken_.own_bytes += bytes;
  if (space_bytes_max_ == kNoLimit || space_taken() <= space_bytes_max_) return;
  throw DiskFull("the snapshots of " + from_.string() + " would take more than the " +
                 std::to_string(space_bytes_max_) +
                 " bytes allowed (--snapshot-space); allow more, or take checkpoints less often");
}

// The oldest one that is left owns all that it shared with removed ones.
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
