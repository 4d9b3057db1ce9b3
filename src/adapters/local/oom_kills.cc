#include "adapters/local/oom_kills.h"

#include <fstream>
#include <sstream>
#include <string>

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

}  // namespace

std::optional<std::uint64_t> oom_kills(const fs::path& proc, const fs::path& cgroup) {
  struct Hierarchy {
    fs::path mounted;
    std::string controller;
    const char* file;
  };
  for (const auto& [mounted, controller, file] :
       {Hierarchy{cgroup, "", "memory.events"},
        Hierarchy{cgroup / "memory", "memory", "memory.oom_control"}}) {
    const std::string group = group_of(proc, controller);
    for (const fs::path& folder : {mounted / fs::path(group).relative_path(), mounted}) {
      if (const auto count = oom_kill_in(folder / file)) return count;
    }
  }
  return oom_kill_in(proc / "vmstat");
}

}  // namespace holdfast
