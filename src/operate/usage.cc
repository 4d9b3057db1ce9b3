#include "operate/usage.h"

#include <string>

#include "core/store_layout.h"
#include "results/stored_outputs.h"

namespace holdfast {

namespace {

constexpr Duration kStep = std::chrono::seconds(30);
constexpr std::size_t kPage = 1000;

}  // namespace

void Usage::add(const Usage& more) {
  jobs += more.jobs;
  objects += more.objects;
  checkpoints_bytes += more.checkpoints_bytes;
  results_bytes += more.results_bytes;
  attempts_bytes += more.attempts_bytes;
  log_bytes += more.log_bytes;
}

Usage usage_of(Store& store, const Clock& clock, const JobId& id, const Record& newest) {
  const StoreLayout layout(id);
  Usage usage;
  usage.jobs = 1;
  std::string after;
  for (;;) {  // Ends with the listing.
    const auto page = store.list(layout.root(), after, kPage, clock.now() + kStep);
    for (const ObjectEntry& object : page) {
      const bool checkpoint = object.key.starts_with(layout.manifests_prefix()) ||
                              object.key.starts_with(layout.chunks_prefix());
      const bool attempt = object.key.starts_with(layout.attempts_prefix());
      (checkpoint ? usage.checkpoints_bytes
       : attempt  ? usage.attempts_bytes
                  : usage.log_bytes) += object.size_bytes;
      usage.objects += 1;
    }
    if (page.size() < kPage) break;
    after = page.back().key;
  }
  if (const auto result = result_of(newest)) {
    usage.results_bytes =
        StoredOutputs(store, clock, layout, result->attempt, result->digest).size_bytes();
  }
  return usage;
}

}  // namespace holdfast
