// What a snapshot directory holds, as a manifest tells it.
#pragma once

#include <filesystem>
#include <vector>

#include "core/checkpoint.h"

namespace holdfast {

// Sorted by path, a folder before what it holds; files without their pieces. What is neither file,
// folder nor symbolic link is left out. Throws Error.
std::vector<Entry> entries_of(const std::filesystem::path& snapshot);

}  // namespace holdfast
