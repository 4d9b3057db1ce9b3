#include "adapters/local/directory_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

// The key of a file, or of a folder with a '/' at its end.
struct Found {
  std::string key;
  bool folder = false;
};

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Orders a heap so that the smallest key comes first.
bool later(const Found& a, const Found& b) {
  return a.key > b.key;
}

// nullopt for what is neither a file nor a folder, or is gone.
std::optional<struct stat> look_at(int folder, const char* name) {
  struct stat status {};
  if (::fstatat(folder, name, &status, 0) != 0) return {};
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return {};
  return status;
}

// 1 for a folder, 0 for a file, nullopt for anything else.
std::optional<bool> is_folder(DIR* folder, const dirent& entry) {
  if (entry.d_type == DT_DIR) return true;
  if (entry.d_type == DT_REG) return false;
  const auto status = look_at(::dirfd(folder), entry.d_name);
  if (!status) return {};
  return S_ISDIR(status->st_mode);
}

class Walk {
 public:
  Walk(const std::filesystem::path& root, const std::string& prefix, const std::string& after,
       std::size_t count_max)
      : root_(root), prefix_(prefix), after_(after), count_max_(count_max) {}

  std::vector<ObjectEntry> run() {
    const std::size_t slash = prefix_.rfind('/');
    const std::string start = slash == std::string::npos ? "" : prefix_.substr(0, slash + 1);
    // A prefix that is no good key's beginning has no keys; and it must not lead out of the root.
    const bool possible = start.empty() || key_fault(start.substr(0, slash)) == nullptr;
    if (possible) visit(start);
    return std::move(objects_);
  }

 private:
  bool may_hold_answers(const Found& found) const {
    const std::string_view key = found.key;
    if (found.folder) {
      const bool in_prefix = key.starts_with(prefix_) || prefix_.starts_with(key);
      return in_prefix && (key > after_ || after_.starts_with(key));
    }
    return key.starts_with(prefix_) && key > after_;
  }

  // Recursive; its depth is bounded by the length of a key.
  void visit(const std::string& folder_key) {
    std::vector<Found> heap = read_folder(folder_key);
    std::ranges::make_heap(heap, later);
    while (!heap.empty() && objects_.size() < count_max_) {
      std::ranges::pop_heap(heap, later);
      const Found next = std::move(heap.back());
      heap.pop_back();
      if (next.folder) {
        visit(next.key);
      } else if (const auto status = look_at(AT_FDCWD, (root_ / next.key).c_str())) {
        objects_.push_back({next.key, static_cast<std::uint64_t>(status->st_size)});
      }
    }
  }

  std::vector<Found> read_folder(const std::string& folder_key) const {
    const std::filesystem::path path = root_ / folder_key;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
    if (!folder) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      throw_system_error("list", path);
    }
    std::vector<Found> entries;
    while (true) {  // Ends: a folder does.
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name == "." || name == ".." || (folder_key.empty() && name == kTemporaryFolder)) continue;
      const auto folder_found = is_folder(folder.get(), *entry);
      if (!folder_found) continue;
      Found found{folder_key + entry->d_name, *folder_found};
      if (key_fault(found.key) != nullptr) continue;
      if (found.folder) found.key += '/';
      if (may_hold_answers(found)) entries.push_back(std::move(found));
    }
    if (errno != 0) throw_system_error("list", path);
    return entries;
  }

  const std::filesystem::path& root_;
  const std::string& prefix_;
  const std::string& after_;
  const std::size_t count_max_;
  std::vector<ObjectEntry> objects_;
};

}  // namespace

std::vector<ObjectEntry> walk_objects(const std::filesystem::path& root, const std::string& prefix,
                                      const std::string& after, std::size_t count_max) {
  return Walk(root, prefix, after, count_max).run();
}

std::vector<std::string> walk_folders(const std::filesystem::path& root, const std::string& prefix,
                                      const std::string& after, std::size_t count_max) {
  std::vector<std::string> candidates;
  const std::string last = after.empty() ? "" : after + "/";
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(root / prefix, code)) {
    std::string name = entry.path().filename().string() + "/";
    const bool ours = prefix.empty() && name == std::string(kTemporaryFolder) + "/";
    if (!ours && name > last && entry.is_directory()) candidates.push_back(std::move(name));
  }
  const bool absent = code == std::errc::no_such_file_or_directory && !prefix.empty();
  if (code && !absent) {
    errno = code.value();
    throw_system_error("list", root / prefix);
  }
  std::ranges::sort(candidates);

  std::vector<std::string> folders;
  for (std::string& name : candidates) {
    if (folders.size() == count_max) break;
    // A folder that holds no object is none.
    if (walk_objects(root, prefix + name, "", 1).empty()) continue;
    name.pop_back();
    folders.push_back(std::move(name));
  }
  return folders;
}

}  // namespace holdfast
