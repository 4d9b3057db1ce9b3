// Copies the contents of one open file to another: shared blocks, holes and all.
#pragma once

#include <filesystem>
#include <stop_token>

#include "base/file.h"

namespace holdfast {

// `to` is empty and has the same contents as `from` afterwards. Throws Error (machine) that names
// `from_path` or `to_path`, and Error (unavailable) once `stop` is requested.
void copy_contents(const FileDescriptor& from, const std::filesystem::path& from_path,
                   const FileDescriptor& to, const std::filesystem::path& to_path,
                   const std::stop_token& stop);

// Throws that Error if `stop` is requested.
void give_up_if_asked(const std::stop_token& stop);

}  // namespace holdfast
