// The digest of a whole file, read piece by piece.
#pragma once

#include <filesystem>

#include "base/digest.h"
#include "base/file.h"

namespace holdfast {

Sha256Digest digest_of_file(const FileDescriptor& file, const std::filesystem::path& path);

}  // namespace holdfast
