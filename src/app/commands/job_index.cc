#include "app/commands/job_index.h"

#include <stdlib.h>

#include <filesystem>

#include "app/commands/places.h"
#include "app/config.h"
#include "app/terminal.h"
#include "base/utf8.h"

namespace holdfast {

namespace {

constexpr std::size_t kNameDigits = 16;

std::optional<std::filesystem::path> cache_folder() {
  if (const char* cache = ::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::filesystem::path(cache) / "holdfast/index";
  }
  if (const char* home = ::getenv("HOME"); home != nullptr && *home == '/') {
    return std::filesystem::path(home) / ".cache/holdfast/index";
  }
  return std::nullopt;
}

}  // namespace

QueueIndex::QueueIndex(const PlaceOptions& place, const std::string& state, Clock& clock) {
  const Settings settings = settings_of(place, state);
  const FleetLayout layout(queue_name(existing_queue(settings)));
  const StoreConfig store = existing_store(settings);
  store_.emplace(store, clock);
  jobs_.emplace(store_->store(), clock, layout);
  const auto* bucket = std::get_if<BucketConfig>(&store);
  const auto folder = cache_folder();
  if (bucket == nullptr || !folder) return;
  // A folder for each index: what one of them has no use for may be another's.
  const std::string name =
      bucket->endpoint + "/" + bucket->bucket + "/" + bucket->prefix + "/" + layout.index_prefix();
  cache_.emplace(*folder / sha256(name).hex().substr(0, kNameDigits));
}

void tell_problems(const JobList& list) {
  for (const std::string& problem : list.problems) {
    say("holdfast: warning: " + visible_line(problem) +
        "; holdfast status --recount builds the index again\n");
  }
}

std::int64_t seconds_since_1970(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace holdfast
