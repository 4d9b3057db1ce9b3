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
  attempt_ = root_ / attempt;
  make_private_folders(attempt_);
  for (const fs::path& folder : {checkpoint(), output(), scratch(), snapshots()})
    make_private_folders(folder);
}

std::vector<fs::path> Workspace::left() const {
  std::vector<fs::path> folders;
  std::error_code error;
  if (!fs::exists(root_ / kOwnFolderMark, error)) return folders;
  for (fs::directory_iterator entry(root_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename() != kOwnFolderMark) folders.push_back(entry->path());
  }
  if (error) {
    log(LogLevel::warn, "the folder of earlier jobs cannot be read",
        {{"folder", root_.string()}, {"error", error.message()}});
  }
  return folders;
}

void Workspace::say_kept(const fs::path& folder, const std::string& why) {
  if (!said_.insert(folder.filename().string()).second) return;
  log(LogLevel::warn, "files of an earlier job cannot be removed",
      {{"folder", folder.string()}, {"error", why}});
}

}  // namespace holdfast
