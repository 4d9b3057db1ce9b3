// How often the kernel killed a process for lack of memory where this process runs: in its control
// group and those below (memory.events of version 2, memory.oom_control of version 1), else on the
// whole machine (/proc/vmstat). Sources: the kernel's cgroup-v2.rst and cgroup-v1/memory.rst.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace holdfast {

// nullopt: nobody counts here. `proc` and `cgroup` are where those file systems are mounted. A
// container sees its own group as the root of what is mounted, whatever /proc/self/cgroup says.
std::optional<std::uint64_t> oom_kills(const std::filesystem::path& proc,
                                       const std::filesystem::path& cgroup);

}  // namespace holdfast
