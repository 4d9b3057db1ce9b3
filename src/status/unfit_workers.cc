#include "status/unfit_workers.h"

#include "core/store_layout.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);

}  // namespace

std::vector<UnfitNotice> unfit_workers(Store& store, const Clock& clock) {
  std::vector<UnfitNotice> notices;
  const std::string prefix = std::string(kWorkersFolder) + "/";
  for (const ObjectEntry& object : store.list(prefix, "", kUnfitMax, clock.now() + kRequest)) {
    const auto bytes = store.get(object.key, kUnfitNoticeBytesMax, clock.now() + kRequest);
    if (!bytes) continue;
    try {
      notices.push_back(unfit_notice_from_json(*bytes));
    } catch (const Error& error) {
      notices.push_back({object.key, error.what(), {}});
    }
  }
  return notices;
}

}  // namespace holdfast
