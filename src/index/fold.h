// Many ended jobs of one shard of the job index in one object: their entries' texts, one a line, in
// the order of their job ids, as a zstd frame. Its name holds its digest, so an object of that name
// never changes and may be cached. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "core/index_entry.h"

namespace holdfast {

// Before compression. Larger ones are not made; a shard then has several.
constexpr std::uint64_t kFoldBytesMax = 64 * 1024 * 1024;

struct Fold {
  std::string bytes;  // As stored.
  Sha256Digest digest;
};

// `entries` in any order, one a job.
Fold fold_of(std::vector<IndexEntry> entries);

// Throws Error: `corrupt` if `bytes` do not have the digest or are no fold; `rejected` if a newer
// version made it.
std::vector<IndexEntry> entries_of(std::string_view bytes, const Sha256Digest& digest);

}  // namespace holdfast
