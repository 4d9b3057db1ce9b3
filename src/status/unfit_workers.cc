#include "status/unfit_workers.h"

#include "base/utf8.h"
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

std::string for_people(const std::vector<UnfitNotice>& notices) {
  std::string text = notices.empty() ? "" : "Workers that take no more jobs\n";
  for (const UnfitNotice& one : notices) {
    text += visible_line("  " + one.worker + ": " + one.reason + " (" + one.when + ")") + "\n";
  }
  return text;
}

}  // namespace holdfast
