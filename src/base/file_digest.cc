#include "base/file_digest.h"

#include <cstdint>
#include <string>

namespace holdfast {

Sha256Digest digest_of_file(const FileDescriptor& file, const std::filesystem::path& path) {
  constexpr std::uint64_t kPieceBytes = 1024 * 1024;
  Sha256 digest;
  std::string bytes;
  for (std::uint64_t at = 0;; at += bytes.size()) {  // Ends with the file.
    read_range_into(bytes, file, path, at, kPieceBytes);
    if (bytes.empty()) return digest.finish();
    digest.update(bytes);
  }
}

}  // namespace holdfast
