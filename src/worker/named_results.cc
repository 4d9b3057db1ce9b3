#include "worker/named_results.h"

#include <dirent.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace holdfast {

namespace {

namespace fs = std::filesystem;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> parts_of(const std::string& pattern) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const std::string part = pattern.substr(begin, end - begin);
    if (!part.empty() && part != ".") parts.push_back(part);
    begin = end + 1;
  }
  return parts;
}

bool is_folder(const fs::path& path, int (*look)(const char*, struct stat*)) {
  struct stat status {};
  return look(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The paths below a folder that one pattern names.
class Matches {
 public:
  Matches(const fs::path& folder, const std::string& pattern)
      : folder_(folder), parts_(parts_of(pattern)) {
    if (!parts_.empty()) descend("", 0);
  }

  const std::set<std::string>& paths() const { return paths_; }

 private:
  // Recursive; its depth is bounded by that of the pattern, and of the folders where it has `**`,
  // which goes through no link.
  void descend(const std::string& path, std::size_t part) {
    const std::string& wanted = parts_[part];
    if (wanted == "**") {
      if (part + 1 < parts_.size()) descend(path, part + 1);
      for (const std::string& name : names_in(path)) {
        const std::string below = joined(path, name);
        const bool folder = is_folder(folder_ / below, ::lstat);
        if (part + 1 == parts_.size() && !folder) paths_.insert(below);
        if (folder) descend(below, part);
      }
      return;
    }
    for (const std::string& name : names_in(path)) {
      if (::fnmatch(wanted.c_str(), name.c_str(), FNM_PERIOD) != 0) continue;
      const std::string below = joined(path, name);
      if (part + 1 == parts_.size()) {
        paths_.insert(below);
      } else if (is_folder(folder_ / below, ::stat)) {
        descend(below, part + 1);
      }
    }
  }

  static std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "/" + name;
  }

  // A folder that cannot be read holds nothing that we could take.
  std::vector<std::string> names_in(const std::string& path) const {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, CloseFolder> folder(::opendir((folder_ / path).c_str()));
    if (!folder) return names;
    while (const dirent* entry = ::readdir(folder.get())) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    return names;
  }

  const fs::path& folder_;
  const std::vector<std::string> parts_;
  std::set<std::string> paths_;
};

std::int64_t changed_ns(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return 0;
  return std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec;
}

// Folders above `path` that are matches themselves bring it already.
bool inside_one_of(const std::set<std::string>& paths, const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (paths.contains(path.substr(0, slash))) return true;
  }
  return false;
}

}  // namespace

std::string pattern_problem(const std::string& pattern) {
  if (pattern.starts_with('/')) return "is no relative path";
  const std::vector<std::string> parts = parts_of(pattern);
  if (parts.empty()) return "names nothing";
  if (std::ranges::find(parts, "..") != parts.end()) return "leads out of the directory";
  return {};
}

OddOutputs walk_named_results(
    const NamedResults& results, const fs::path& output,
    const std::function<void(Output output, const fs::path& file)>& visit) {
  OddOutputs odd;
  std::set<std::string> matched;  // Patterns.
  std::set<std::string> visited;
  const auto taken = [&](const std::string& path) {
    std::error_code absent;
    return fs::exists(fs::symlink_status(output / path, absent)) || !visited.insert(path).second;
  };
  for (const ResultFolder& from : results.folders) {
    std::set<std::string> paths;
    const std::int64_t since = from.changed_since ? changed_ns(*from.changed_since) : 0;
    for (const std::string& pattern : results.patterns) {
      const std::string problem = pattern_problem(pattern);
      if (!problem.empty()) {
        throw OutputUnreadable("the result '" + pattern + "' (--results) " + problem);
      }
      const Matches matches(from.folder, pattern);
      for (const std::string& path : matches.paths()) {
        walk_output(from.folder, path, [&](const Output&, const fs::path& file) {
          if (changed_ns(file) >= since) matched.insert(pattern);
        });
      }
      paths.insert(matches.paths().begin(), matches.paths().end());
    }
    for (const std::string& path : paths) {
      if (inside_one_of(paths, path)) continue;
      OddOutputs more = walk_output(from.folder, path, [&](Output found, const fs::path& file) {
        if (changed_ns(file) < since || taken(found.path)) return;
        visit(std::move(found), file);
      });
      odd.add(std::move(more));
    }
  }
  for (const std::string& pattern : results.patterns) {
    if (!matched.contains(pattern)) odd.unmatched.push_back(pattern);
  }
  return odd;
}

}  // namespace holdfast
