// Copies a directory as it is at one instant. The caller sees to it that nobody writes to it
// meanwhile, by stopping the task or because the task waits.
#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

namespace holdfast {

// Copies what `from` holds to `to`, which must not exist: regular files with their holes, modes and
// modification times (sharing their blocks where the file system can), symbolic links as such,
// empty directories. Hard links become separate files; owners and extended attributes are not kept.
//
// Returns what was left out, relative to `from`: sockets, pipes and devices. A file that is gone
// by the time that its turn comes is left out in silence. Throws Error (rejected) that names the
// file if one cannot be read or written, and Error (unavailable) once `stop` is requested; then
// nothing is left of `to`.
std::vector<std::filesystem::path> copy_directory(const std::filesystem::path& from,
                                                  const std::filesystem::path& to,
                                                  const std::stop_token& stop);

// As above, without a way to give it up.
std::vector<std::filesystem::path> copy_directory(const std::filesystem::path& from,
                                                  const std::filesystem::path& to);

// Removes a directory with all that it holds, directories that forbid it included. Absent is
// fine. Throws Error (rejected).
void remove_directory(const std::filesystem::path& directory);

}  // namespace holdfast
