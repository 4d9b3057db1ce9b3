#include "adapters/local/memory_killer.h"

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/text.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// The number behind `oom_kill` in lines of "name number".
std::optional<std::uint64_t> oom_kill_in(const fs::path& file) {
  std::ifstream lines(file);
  std::string name;
  std::uint64_t number = 0;
  while (lines >> name >> number) {
    if (name == "oom_kill") return number;
  }
  return std::nullopt;
}

// This process's group in the hierarchy of `controller`; version 2 has the empty name.
std::string group_of(const fs::path& proc, const std::string& controller) {
  std::ifstream lines(proc / "self" / "cgroup");
  for (std::string line; std::getline(lines, line);) {  // number:controllers:/path
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    const bool unnamed = second == first + 1;
    bool found = unnamed && controller.empty();
    for (std::string name; !unnamed && std::getline(names, name, ',');) found |= name == controller;
    if (found) return line.substr(second + 1);
  }
  return "/";
}

// A file of one number; nullopt also where it says "max", or a number that stands for it.
std::optional<std::uint64_t> number_in(const fs::path& file) {
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;
  std::ifstream in(file);
  std::uint64_t number = 0;
  if (!(in >> number) || number >= kNoLimit) return std::nullopt;
  return number;
}

struct Hierarchy {
  fs::path mounted;
  std::string controller;
  const char* kills;
  const char* limit;
  const char* peak;
};

// Where this process's group may be, nearest first.
std::vector<std::pair<fs::path, Hierarchy>> places(const fs::path& proc, const fs::path& cgroup) {
  std::vector<std::pair<fs::path, Hierarchy>> found;
  for (const Hierarchy& hierarchy :
       {Hierarchy{cgroup, "", "memory.events", "memory.max", "memory.peak"},
        Hierarchy{cgroup / "memory", "memory", "memory.oom_control", "memory.limit_in_bytes",
                  "memory.max_usage_in_bytes"}}) {
    const fs::path group = group_of(proc, hierarchy.controller);
    found.emplace_back(hierarchy.mounted / group.relative_path(), hierarchy);
    found.emplace_back(hierarchy.mounted, hierarchy);
  }
  return found;
}

}  // namespace

MemoryKiller::MemoryKiller(fs::path proc, fs::path cgroup)
    : proc_(std::move(proc)), cgroup_(std::move(cgroup)), before_(kills()) {}

std::optional<std::uint64_t> MemoryKiller::kills() const {
  for (const auto& [folder, hierarchy] : places(proc_, cgroup_)) {
    if (const auto count = oom_kill_in(folder / hierarchy.kills)) return count;
  }
  return oom_kill_in(proc_ / "vmstat");
}

bool MemoryKiller::struck() const {
  const auto now = kills();
  return now && before_ && *now > *before_;
}

std::string MemoryKiller::text() const {
  for (const auto& [folder, hierarchy] : places(proc_, cgroup_)) {
    const auto limit = number_in(folder / hierarchy.limit);
    if (!limit) continue;
    std::string text = "memory limit " + bytes_text(*limit);
    if (const auto peak = number_in(folder / hierarchy.peak)) text += ", peak " + bytes_text(*peak);
    return text;
  }
  return {};
}

}  // namespace holdfast
