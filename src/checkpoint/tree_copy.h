// The copying of one directory for a snapshot (snapshot.h).
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/record_file.h"
#include "base/tree_walk.h"
#include "checkpoint/folder_watch.h"
#include "checkpoint/mapped_files.h"
#include "checkpoint/open_files.h"
#include "checkpoint/planned.h"
#include "checkpoint/snapshot.h"
#include "core/checkpoint.h"
#include "core/ignore_rules.h"

namespace holdfast {

struct PathOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    return compare_paths(a, b) < 0;
  }
};

// One snapshot. plan_ahead() looks at everything, and copies what has changed, before the directory
// stands still: what is written after that is told, and copied once more. The steps between
// catch_up() and check() need it to; complete() adds what is shared.
class TreeCopy {
 public:
  // `taker` knows what need not be copied.
  TreeCopy(const std::filesystem::path& from, const std::filesystem::path& to, SnapshotTaker& taker,
           const std::stop_token& stop)
      : from_(from), to_(to), taker_(taker), stop_(stop), source_(from), target_(to) {
    mapped_.add_all(taker_.proc_);
    reset();
  }

  // While it may be written. What goes wrong then shows when it stands still.
  void plan_ahead();
  void stands_still() { still_ = true; }
  // What changed since plan() looked.
  void catch_up();
  void copy();
  // Throws if somebody wrote since the directory stands still.
  void check();
  void complete();

  std::vector<std::filesystem::path> left_out() { return {left_out_.begin(), left_out_.end()}; }
  // By rules; of a folder only itself.
  const std::vector<std::string>& excluded_paths() const noexcept { return excluded_; }
  std::unique_ptr<RecordFile> take_seen() { return std::move(seen_); }

 private:
  void reset();
  void plan();
  void plan_again();
  void plan_folder(const TreeWalk::Item& item, const std::string& name);
  void plan_file(Planned planned);
  [[nodiscard]] bool unchanged(const Planned& planned);
  [[nodiscard]] bool link_to_last(const std::string& path);
  [[nodiscard]] bool copy_ahead(const Planned& planned);
  void copy_file(Planned planned, bool replanned);
  // The status of what was copied. Throws if it is written meanwhile, or, with `expected`, is not
  // as that says.
  struct stat copy_bytes(const std::string& path, const struct stat* expected);
  void remove_copy(const std::string& path);
  void forget_copies_of(const std::set<std::string>& changed);
  void copy_link(int folder, const std::string& name, const Planned& planned);
  bool add_opened(std::set<std::string>& changed);
  void look_again(const std::string& path);
  void complete(const Planned& planned);
  void leave_folders(const Planned* next);
  struct stat status_of(const std::string& path, bool& there);
  std::map<std::string, std::string> attributes_of(int folder, const std::string& name,
                                                   const std::string& path) const;

  const std::filesystem::path from_;
  const std::filesystem::path to_;
  SnapshotTaker& taker_;
  const std::stop_token& stop_;
  FolderCursor source_;
  FolderCursor target_;
  std::optional<FolderCursor> last_;
  bool still_ = false;
  std::int64_t began_ns_ = 0;  // Since the epoch, by the clock that stamps files.
  MappedFiles mapped_;

  // What plan() makes.
  std::optional<FolderWatch> watch_;  // Unless all that it sees stands still.
  OpenFiles open_;                    // When it began.
  std::unique_ptr<RecordFile> plan_;
  std::unique_ptr<RecordFile> copies_;  // What the plan says to copy.
  std::set<std::filesystem::path> left_out_;
  IgnoreRules rules_;
  std::vector<std::string> excluded_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // First paths of files with several.
  std::optional<bool> can_share_;
  std::optional<RecordFile::Reader> seen_reader_;
  std::optional<Planned> seen_before_;  // Where the plan is, or behind it.

  // What came of it, where it is not what the plan says.
  std::map<std::string, Planned, PathOrder> otherwise_;
  std::unique_ptr<RecordFile> copied_;
  std::unique_ptr<RecordFile> seen_;
  std::vector<Planned> folders_;  // In which complete() is.
};

}  // namespace holdfast
