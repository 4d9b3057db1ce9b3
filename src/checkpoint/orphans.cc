#include "checkpoint/orphans.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "checkpoint/request_time.h"

namespace holdfast {

namespace {

constexpr std::size_t kDigestDigits = 64;
constexpr std::string_view kDigits = "0123456789";

// The form that a chunk's name tells; nullopt for a difference, and for what is no chunk's name.
std::optional<ChunkForm> form_of(std::string_view name) {
  if (name.size() < kDigestDigits) return std::nullopt;
  std::string_view rest = name.substr(kDigestDigits);
  if (rest.starts_with('-')) {  // How often it was stored before.
    rest.remove_prefix(1);
    rest.remove_prefix(std::min(rest.find_first_not_of(kDigits), rest.size()));
  }
  if (rest.empty()) return ChunkForm::plain;
  if (rest == ".zst") return ChunkForm::zstd;
  return std::nullopt;
}

}  // namespace

Orphans find_orphans(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::stop_token& stop) {
  constexpr std::size_t kPage = 1000;
  const std::string prefix = layout.chunks_prefix();
  Orphans orphans;
  std::string after;
  std::size_t listed = kPage;
  while (listed == kPage && orphans.size() < kOrphansMax && !stop.stop_requested()) {
    const auto page = store.list(prefix, after, kPage, request_deadline(clock, 0));
    listed = page.size();
    for (const ObjectEntry& object : page) {
      after = object.key;
      const auto owner = StoreLayout::attempt_of(object.key, prefix);
      const std::string_view name = std::string_view(object.key).substr(object.key.rfind('/') + 1);
      const auto form = form_of(name);
      if (!owner || *owner >= attempt || !form) continue;
      orphans.insert_or_assign(std::string(name.substr(0, kDigestDigits)),
                               Orphan{object.key, *form, object.size_bytes});
    }
  }
  return orphans;
}

}  // namespace holdfast
