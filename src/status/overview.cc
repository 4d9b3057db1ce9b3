#include "status/overview.h"

#include "core/store_layout.h"
#include "holdfast/error.h"
#include "status/each_job.h"
#include "status/job_status.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);

void add_lag(const FoundJob& job, const Clock& clock, StoreCounts& counts) {
  const auto lag = lag_of(*job.newest, clock);
  if (!lag || (!counts.lag_job.empty() && *lag <= counts.lag_seconds_max)) return;
  counts.lag_seconds_max = *lag;
  counts.lag_job = job.id->text();
}

void add(const FoundJob& job, StoreCounts& counts) {
  if (!job.newest) {
    (job.damage.empty() ? counts.others : counts.damaged) += 1;
    return;
  }
  switch (job.newest->state) {
    case JobState::waiting:
      counts.waiting += 1;
      return;
    case JobState::running:
      counts.running += 1;
      return;
    case JobState::completed:
      counts.completed += 1;
      return;
    case JobState::dead:
      counts.dead += 1;
      return;
    case JobState::cancelled:
      counts.cancelled += 1;
      return;
  }
}

}  // namespace

StoreCounts count_store(Store& store, const Clock& clock,
                        const std::function<bool(const StoreCounts&)>& progress) {
  StoreCounts counts;
  for_each_job(
      store, clock,
      [&](const FoundJob& job) {
        add(job, counts);
        if (job.newest) add_lag(job, clock, counts);
      },
      [&] { return !progress(counts); });
  return counts;
}

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
