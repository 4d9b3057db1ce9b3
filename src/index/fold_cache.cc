#include "index/fold_cache.h"

#include <system_error>

#include "base/file.h"
#include "holdfast/error.h"
#include "index/fold.h"

namespace holdfast {

std::optional<std::string> FoldCache::get(const Sha256Digest& digest) const {
  try {
    const auto file = folder_ / digest.hex();
    std::error_code code;
    if (!std::filesystem::is_regular_file(file, code)) return std::nullopt;
    return read_file(file, kFoldBytesMax);
  } catch (const Error&) {
    return std::nullopt;  // It is read from the store instead.
  }
}

void FoldCache::keep(const Sha256Digest& digest, std::string_view bytes) const {
  try {
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
    replace_file(folder_ / digest.hex(), bytes);
  } catch (const std::exception&) {
    // Without a cache the next look is slower, and right.
  }
}

void FoldCache::keep_only(const std::set<Sha256Digest>& used) const {
  std::error_code code;
  for (const auto& file : std::filesystem::directory_iterator(folder_, code)) {
    const auto digest = Sha256Digest::from_hex(file.path().filename().string());
    if (digest && !used.contains(*digest)) std::filesystem::remove(file.path(), code);
  }
}

}  // namespace holdfast
