#include "worker/lifetimes.h"

#include <algorithm>

#include "core/interval.h"

namespace holdfast {

void Lifetimes::note(const std::string& id, const Lifetime& lifetime, TimePoint deadline) {
  // If it stands there already, an earlier try had landed.
  static_cast<void>(store_.create(layout_.lifetime(id, lifetime), "", deadline));
}

Duration Lifetimes::mean_time(const std::string& id, TimePoint deadline) {
  const auto kept = store_.list(layout_.lifetimes_prefix(), "", kListedMax, deadline);
  Exposure exposure;
  for (const ObjectEntry& entry : kept) {
    const auto lifetime = layout_.lifetime_of(entry.key);
    if (!lifetime) continue;
    exposure.ran += std::chrono::seconds(lifetime->seconds);
    exposure.interruptions += lifetime->interrupted ? 1 : 0;
  }
  if (kept.size() > kKeptMax) {
    const std::size_t surplus = std::min(kept.size() - kKeptMax, kRemovedMax);
    const auto from = std::lower_bound(
        kept.begin(), kept.end(), layout_.lifetimes_prefix() + id,
        [](const ObjectEntry& entry, const std::string& key) { return entry.key < key; });
    const auto first = static_cast<std::size_t>(from - kept.begin());
    for (std::size_t i = 0; i < surplus; ++i) {
      store_.remove(kept[(first + i) % kept.size()].key, deadline);
    }
  }
  return mean_time_between_interruptions(exposure);
}

}  // namespace holdfast
