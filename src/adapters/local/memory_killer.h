// Whether the kernel killed a process for lack of memory where this process runs, and how much
// memory that place has: in its control group and those below (memory.events, memory.max and
// memory.peak of version 2; memory.oom_control, memory.limit_in_bytes and memory.max_usage_in_bytes
// of version 1), else on the whole machine (/proc/vmstat). Sources: the kernel's cgroup-v2.rst and
// cgroup-v1/memory.rst.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace holdfast {

class MemoryKiller {
 public:
  // Counts from now on. `proc` and `cgroup` are where those file systems are mounted. A container
  // sees its own group as the root of what is mounted, whatever /proc/self/cgroup says.
  MemoryKiller(std::filesystem::path proc, std::filesystem::path cgroup);

  bool struck() const;

  // "memory limit 2.0 GiB, peak 1.9 GiB", as far as it is known.
  std::string text() const;

 private:
  std::optional<std::uint64_t> kills() const;

  const std::filesystem::path proc_;
  const std::filesystem::path cgroup_;
  const std::optional<std::uint64_t> before_;
};

}  // namespace holdfast
