// What is kept of a file besides its content: mode, time, owner, extended attributes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <string>

#include "base/file.h"
#include "core/checkpoint.h"

namespace holdfast {

// Files can have times that no nanoseconds since 1970 can tell.
std::int64_t nanoseconds_of(const timespec& time);

// How an open folder and a name in it are spelled for calls that know paths only. Depth is no
// matter: it goes by way of the descriptor.
std::string path_in(int folder, const std::string& name);

// An entry for `name` in the open `folder`, without content. The owner is told if it is not this
// process, the extended attributes are those that any owner of a file may set ("user.") and access
// lists. Throws Error that names `shown`.
Entry entry_for(int folder, const std::string& name, const struct stat& status, std::string path,
                const std::filesystem::path& shown);

// Gives `name` in the open `folder` what `entry` says; time and mode last. The owner as far as this
// process may, never the bits that let a program run as somebody else (setuid, setgid).
void set_attributes(int folder, const std::string& name, const Entry& entry,
                    const std::filesystem::path& shown);

// Gives an open copy what is known of what was copied. The owner as far as this process may.
void set_copied_attributes(int copy, const struct stat& status,
                           const std::map<std::string, std::string>& attributes,
                           const std::filesystem::path& shown);

// Copies owner, extended attributes, mode and times of one open file to another, whose bytes are
// written.
void copy_attributes(int from, const struct stat& status, int to,
                     const std::filesystem::path& shown);

}  // namespace holdfast
