// Whether a file system can be believed when it says that a file has not changed.
#pragma once

#include <filesystem>

namespace holdfast {

// Whether files below `directory` get a new modification and change time with every write, also
// one through a mapping, and nobody writes to them whom this machine does not see. Network and user
// space file systems are not asked; others prove it with a file that is made for it. Never throws.
bool tells_the_truth(const std::filesystem::path& directory) noexcept;

}  // namespace holdfast
