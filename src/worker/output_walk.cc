#include "worker/output_walk.h"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "core/text.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// With the folders of a store above it, no file system takes a longer one.
constexpr std::size_t kPathBytesMax = 3500;
constexpr std::uint32_t kModeBits = 0777;
constexpr std::size_t kOddMax = 1000;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

[[noreturn]] void throw_unreadable(const std::string& path, int reason) {
  throw OutputUnreadable("the output " + fitted(path, kDetailBytesMax / 2) +
                         " cannot be read: " + std::generic_category().message(reason));
}

// What lies there is no file that anybody left.
bool is_of_the_kernel(const fs::path& folder) {
  struct statfs status {};
  if (::statfs(folder.c_str(), &status) != 0) return false;
  return status.f_type == PROC_SUPER_MAGIC || status.f_type == SYSFS_MAGIC ||
         status.f_type == DEVPTS_SUPER_MAGIC;
}

class Walk {
 public:
  using Visit = std::function<void(Output, const fs::path&)>;

  Walk(const fs::path& directory, const Visit& visit) : directory_(directory), visit_(visit) {}

  OddOutputs run() {
    remember_above(directory_);
    enter("", directory_);
    return std::move(odd_);
  }

  OddOutputs run(const std::string& path) {
    const fs::path file = directory_ / path;
    remember_above(file);
    look_at(path, file);
    return std::move(odd_);
  }

 private:
  using Identity = std::pair<dev_t, ino_t>;

  // A link to a folder that holds what is walked leads back as well.
  void remember_above(const fs::path& file) {
    std::error_code ignored;
    const fs::path whole = fs::absolute(file).lexically_normal();
    fs::path above = fs::canonical(whole.parent_path(), ignored) / whole.filename();
    for (; above.has_relative_path(); above = above.parent_path()) remember(above.parent_path());
  }

  void remember(const fs::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) == 0) above_.emplace_back(status.st_dev, status.st_ino);
  }

  static std::vector<std::string> names_in(const std::string& path, const fs::path& folder) {
    const std::unique_ptr<DIR, CloseFolder> opened(::opendir(folder.c_str()));
    if (!opened) throw_unreadable(path.empty() ? "directory" : path, errno);
    std::vector<std::string> names;
    while (true) {  // Ends: a folder does.
      errno = 0;
      const dirent* entry = ::readdir(opened.get());
      if (entry == nullptr) break;
      std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(std::move(name));
    }
    if (errno != 0) throw_unreadable(path, errno);
    std::ranges::sort(names);
    return names;
  }

  // Recursive; its depth is bounded by the length of a path. Returns whether there was anything.
  bool enter(const std::string& path, const fs::path& folder) {
    remember(folder);
    const std::vector<std::string> names = names_in(path, folder);
    for (const std::string& name : names) {
      look_at(path.empty() ? name : path + "/" + name, folder / name);
    }
    above_.pop_back();
    return !names.empty();
  }

  void look_at(const std::string& path, const fs::path& file) {
    if (path.size() > kPathBytesMax) {
      throw OutputUnreadable("the output " + fitted(path, kDetailBytesMax / 2) +
                             "... has a path that is too long to be stored; make it shorter than " +
                             std::to_string(kPathBytesMax) + " bytes");
    }
    struct stat link {};
    if (::lstat(file.c_str(), &link) != 0) throw_unreadable(path, errno);
    struct stat status = link;
    if (S_ISLNK(link.st_mode) && ::stat(file.c_str(), &status) != 0) {
      if (errno != ENOENT && errno != ELOOP && errno != ENOTDIR) throw_unreadable(path, errno);
      return keep_link(path, file);
    }
    Output output;
    output.path = path;
    output.mode = status.st_mode & kModeBits;
    output.modified_ns =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (S_ISREG(status.st_mode)) return visit_(std::move(output), file);
    if (!S_ISDIR(status.st_mode)) return note(odd_.no_files, path);
    const bool leads_back =
        std::ranges::find(above_, Identity{status.st_dev, status.st_ino}) != above_.end();
    if (leads_back || (S_ISLNK(link.st_mode) && is_of_the_kernel(file))) {
      return keep_link(path, file);
    }
    if (enter(path, file)) return;
    output.kind = OutputKind::folder;
    visit_(std::move(output), file);
  }

  void keep_link(const std::string& path, const fs::path& file) {
    std::error_code code;
    Output output;
    output.path = path;
    output.kind = OutputKind::symlink;
    output.target = fs::read_symlink(file, code).string();
    if (code) throw_unreadable(path, code.value());
    note(odd_.links, path);
    visit_(std::move(output), file);
  }

  static void note(std::vector<std::string>& list, const std::string& path) {
    if (list.size() < kOddMax) list.push_back(path);
  }

  const fs::path& directory_;
  const Visit& visit_;
  std::vector<Identity> above_;  // The folders that we are in, and those that hold them.
  OddOutputs odd_;
};

}  // namespace

OddOutputs walk_outputs(const fs::path& directory,
                        const std::function<void(Output output, const fs::path& file)>& visit) {
  return Walk(directory, visit).run();
}

OddOutputs walk_output(const fs::path& directory, const std::string& path,
                       const std::function<void(Output output, const fs::path& file)>& visit) {
  return Walk(directory, visit).run(path);
}

void OddOutputs::add(OddOutputs more) {
  const auto append = [](std::vector<std::string>& to, std::vector<std::string>& from) {
    for (std::string& path : from) {
      if (to.size() < kOddMax) to.push_back(std::move(path));
    }
  };
  append(no_files, more.no_files);
  append(links, more.links);
  append(unmatched, more.unmatched);
}

}  // namespace holdfast
