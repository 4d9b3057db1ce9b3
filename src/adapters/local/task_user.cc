#include "adapters/local/task_user.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/file.h"
#include "base/own_folder.h"
#include "base/tree_walk.h"
#include "holdfast/error.h"

namespace holdfast {

namespace fs = std::filesystem;

namespace {

struct Close {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
// Read by ourselves: what the image says of where users come from would load its modules.
using Table = std::unique_ptr<std::FILE, Close>;

constexpr mode_t kForPassing = 0711;

void change_owner(int folder, const std::string& name, const TaskUser& user) {
  if (::fchownat(folder, name.c_str(), user.id, user.group, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_system_error("give to user " + user.name, name);
  }
}

void give_tree(const TaskUser& user, const fs::path& root, const fs::path& spill) {
  give_to(user, root);
  struct stat status {};
  if (::lstat(root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return;
  TreeWalk walk(root, spill);
  while (const TreeWalk::Item* item = walk.next()) {
    const bool below = item->moment == TreeWalk::Moment::entry && !item->path.empty();
    if (below) change_owner(item->folder, item->name, user);
  }
}

// From the topmost folder that is ours down to this one: nobody reads in them who may pass.
void open_way_to(const fs::path& folder) {
  fs::path top;
  std::error_code unknown;
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    if (fs::exists(at / kOwnFolderMark, unknown)) top = at;
  }
  if (top.empty()) return;
  for (fs::path at = folder;; at = at.parent_path()) {  // Ends at `top`, which is above.
    if (::chmod(at.c_str(), kForPassing) != 0) throw_system_error("open for passing", at);
    if (at == top) return;
  }
}

bool may_pass(const TaskUser& user, const struct stat& folder) {
  if (user.id == 0) return true;
  if (folder.st_uid == user.id) return (folder.st_mode & S_IXUSR) != 0;
  const bool of_group =
      std::find(user.groups.begin(), user.groups.end(), folder.st_gid) != user.groups.end();
  return (folder.st_mode & (of_group ? S_IXGRP : S_IXOTH)) != 0;
}

void require_way_to(const TaskUser& user, const fs::path& folder) {
  for (fs::path at = folder; at.has_relative_path(); at = at.parent_path()) {
    struct stat status {};
    if (::stat(at.c_str(), &status) != 0) throw_system_error("look at", at);
    if (may_pass(user, status)) continue;
    throw Error(ErrorKind::machine,
                "user " + user.name + " has no access through " + at.string() +
                    ", which is above the files of its jobs; keep them elsewhere (--work-dir, for "
                    "run --state)");
  }
}

}  // namespace

std::optional<TaskUser> find_user(const std::string& name_or_id) {
  TaskUser user;
  const Table users(std::fopen("/etc/passwd", "re"));
  while (users) {  // Ends with the file.
    const passwd* entry = ::fgetpwent(users.get());
    if (entry == nullptr) return std::nullopt;
    if (entry->pw_name != name_or_id && std::to_string(entry->pw_uid) != name_or_id) continue;
    user = {entry->pw_name, entry->pw_dir, entry->pw_uid, entry->pw_gid, {entry->pw_gid}};
    break;
  }
  if (!users) return std::nullopt;
  const Table groups(std::fopen("/etc/group", "re"));
  while (groups) {  // Ends with the file.
    const group* entry = ::fgetgrent(groups.get());
    if (entry == nullptr) break;
    for (char** member = entry->gr_mem; *member != nullptr; ++member) {
      if (user.name == *member) user.groups.push_back(entry->gr_gid);
    }
  }
  return user;
}

void give_to(const TaskUser& user, const fs::path& file) {
  change_owner(AT_FDCWD, file.string(), user);
}

void hand_over(const TaskSpec& spec) {
  const fs::path attempt = fs::absolute(spec.checkpoint_directory).parent_path();
  open_way_to(attempt);
  require_way_to(*spec.user, attempt);
  for (const fs::path& tree : spec.given_trees) give_tree(*spec.user, tree, attempt);
  for (const fs::path& folder : spec.given_folders) give_to(*spec.user, folder);
}

}  // namespace holdfast
