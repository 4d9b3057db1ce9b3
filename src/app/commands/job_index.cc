#include "app/commands/job_index.h"

#include <stdlib.h>

#include <filesystem>

#include "app/commands/places.h"
#include "app/config.h"
#include "app/terminal.h"
#include "base/utf8.h"
#include "core/store_layout.h"
#include "holdfast/error.h"

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

QueueIndex::QueueIndex(const PlaceOptions& place, const std::string& state, Clock& clock)
    : QueueIndex(settings_of(place, state), clock) {}

QueueIndex::QueueIndex(const Settings& settings, Clock& clock)
    : clock_(clock),
      queue_(existing_queue(settings)),
      place_(existing_store(settings)),
      layout_(queue_name(queue_)) {
  store_.emplace(place_, clock);
  jobs_.emplace(store_->store(), clock, layout_);
  const auto* bucket = std::get_if<BucketConfig>(&place_);
  const auto folder = cache_folder();
  if (bucket == nullptr || !folder) return;
  // A folder for each index: what one of them has no use for may be another's.
  const std::string name =
      bucket->endpoint + "/" + bucket->bucket + "/" + bucket->prefix + "/" + layout_.index_prefix();
  cache_.emplace(*folder / sha256(name).hex().substr(0, kNameDigits));
}

bool QueueIndex::complete() {
  constexpr Duration kRequest = std::chrono::seconds(30);
  const TimePoint deadline = clock_.now() + kRequest;
  if (jobs_->complete(deadline)) return true;
  if (!store_->began_with_an_index(deadline)) return false;
  // Somebody may have removed it.
  return !store().list(layout_.index_prefix(), "", 1, deadline).empty() ||
         store().list_folders(std::string(kJobsPrefix), "", 1, deadline).empty();
}

JobOverview QueueIndex::list(const JobQuestion& question) {
  const FoldCache* cache = cache_ ? &*cache_ : nullptr;
  const ReadLog read_log = [this](const IndexEntry& entry) {
    return by_its_log(entry, store_->store(), clock_);
  };
  JobOverview list = list_jobs(*jobs_, cache, question, read_log);
  if (mended_) return list;
  mended_ = true;
  try {
    if (!mend_stale(list, *jobs_, store_->store(), clock_, question.now)) return list;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) throw;
    return list;
  }
  return list_jobs(*jobs_, cache, question, read_log);
}

void tell_problems(const JobOverview& list) {
  for (const std::string& problem : list.problems) {
    say("holdfast: warning: " + visible_line(problem) +
        "; holdfast status --recount builds the index again\n");
  }
}

std::int64_t seconds_since_1970(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace holdfast
