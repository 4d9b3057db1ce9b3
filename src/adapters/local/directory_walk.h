// Lists the files below a folder in byte order of their keys. That is not the order of a recursive
// walk by name: "a-b" comes before "a/b", because '-' sorts before '/'. So a folder sorts as if its
// name ended in '/'.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "ports/store.h"

namespace holdfast {

// Below the store's root; never listed, and no key may begin with it.
inline constexpr const char* kTemporaryFolder = ".holdfast-tmp";

// As Store::list, for the files below `root`. Reads only the folders that can hold an answer.
// Throws Error (rejected) if one cannot be read.
std::vector<ObjectEntry> walk_objects(const std::filesystem::path& root, const std::string& prefix,
                                      const std::string& after, std::size_t count_max);

// As Store::list_folders.
std::vector<std::string> walk_folders(const std::filesystem::path& root, const std::string& prefix,
                                      const std::string& after, std::size_t count_max);

}  // namespace holdfast
