// Looks at the machine that a worker would use: room, memory, limits, what its file system can do.
// What it tries, it tries on files of its own in the work folder, and removes them.
#pragma once

#include <filesystem>

#include "ports/examination.h"

namespace holdfast {

// Makes the folder if it is absent. Never throws Error.
MachineFacts examine_machine(const std::filesystem::path& work_folder);

// The smallest limit of memory on this process's control group and those above it, by
// memory.max (version 2) or memory.limit_in_bytes (version 1); nullopt if there is none. `proc` and
// `cgroup` are where those file systems are mounted.
std::optional<std::uint64_t> memory_allowed(const std::filesystem::path& proc,
                                            const std::filesystem::path& cgroup);

}  // namespace holdfast
