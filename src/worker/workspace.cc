#include "worker/workspace.h"

#include "base/file.h"
#include "base/log.h"

namespace holdfast {

namespace fs = std::filesystem;

const OldLayout& old_workspace() {
  static const OldLayout layout{{"checkpoint", "job.json", "output", "snapshots"},
                                {"job.json.tmp", "socket"}};
  return layout;
}

void Workspace::begin(const std::string& attempt) {
  make_own_folder(root_, old_workspace());
  clear();
  attempt_ = root_ / attempt;
  make_private_folders(attempt_);
  for (const fs::path& folder : {checkpoint(), output(), scratch(), snapshots()})
    make_private_folders(folder);
}

void Workspace::clear() noexcept {
  std::error_code error;
  if (!fs::exists(root_ / kOwnFolderMark, error)) return;
  fs::directory_iterator entry(root_, error);
  while (!error && entry != fs::directory_iterator()) {
    const fs::path left = entry->path();
    entry.increment(error);
    if (left.filename() == kOwnFolderMark) continue;
    const std::error_code kept = try_remove_tree(left);
    if (kept && said_.insert(left.filename().string()).second) {
      log(LogLevel::warn, "files of an earlier job cannot be removed",
          {{"folder", left.string()}, {"error", kept.message()}});
    }
  }
  if (error) {
    log(LogLevel::warn, "the folder of earlier jobs cannot be read",
        {{"folder", root_.string()}, {"error", error.message()}});
  }
}

}  // namespace holdfast
