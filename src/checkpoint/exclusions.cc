#include "checkpoint/exclusions.h"

#include <algorithm>
#include <cstdint>

#include "base/file.h"
#include "base/log.h"
#include "base/tree_walk.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRulesBytesMax = 64 * 1024;

}  // namespace

IgnoreRules exclusions_of(const fs::path& directory, const std::vector<std::string>& given) {
  IgnoreRules rules;
  for (const std::string& pattern : given) rules.add(pattern);
  try {
    const auto text = read_file(directory / kIgnoreFile, kRulesBytesMax);
    if (text) rules.add_file(*text);
  } catch (const Error& error) {
    log(LogLevel::warn, "rules for what checkpoints leave out cannot be read",
        {{"error", error.what()}});
  }
  return rules;
}

bool excluded(const IgnoreRules& rules, std::string_view path, IgnoreRules::Kind kind) {
  if (rules.empty() || path.empty() || path == kIgnoreFile) return false;
  for (std::size_t end = path.find('/'); end != std::string_view::npos;
       end = path.find('/', end + 1)) {
    if (rules.leave_out(path.substr(0, end), IgnoreRules::Kind::folder)) return true;
  }
  return rules.leave_out(path, kind);
}

void erase_excluded(std::set<std::string>& paths, const IgnoreRules& rules) {
  std::erase_if(paths, [&rules](const std::string& path) {
    return excluded(rules, path, IgnoreRules::Kind::other);
  });
}

void remove_excluded(const fs::path& directory, const std::vector<std::string>& given) {
  const IgnoreRules rules = exclusions_of(directory, given);
  if (rules.empty()) return;
  std::vector<std::string> found;
  TreeWalk walk(directory, directory.parent_path());
  while (const TreeWalk::Item* item = walk.next()) {  // Ends with the tree.
    if (item->moment != TreeWalk::Moment::entry || item->path.empty()) continue;
    const auto kind = item->is_folder() ? IgnoreRules::Kind::folder : IgnoreRules::Kind::other;
    // No folder above it is left out: it was skipped.
    if (item->path == kIgnoreFile || !rules.leave_out(item->path, kind)) continue;
    found.push_back(item->path);
    walk.skip();
  }
  for (const std::string& path : found) remove_tree(directory / path);
}

std::string names_of(const std::vector<std::string>& paths) {
  constexpr std::size_t kNamed = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(paths.size(), kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + paths[i];
  }
  if (paths.size() > kNamed) names += " and " + std::to_string(paths.size() - kNamed) + " more";
  return names;
}

}  // namespace holdfast
