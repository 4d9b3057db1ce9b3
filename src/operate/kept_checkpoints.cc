#include "operate/kept_checkpoints.h"

#include <algorithm>

#include "checkpoint/pruner.h"
#include "checkpoint/restorer.h"
#include "core/store_layout.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
// How far back in the log the times of checkpoints are looked up.
constexpr std::uint64_t kRecordsBackMax = 200;
// How often a job may commit while we read the manifests of its checkpoints.
constexpr int kTriesMax = 5;

}  // namespace

std::vector<KeptCheckpoint> kept_checkpoints(Store& store, const Clock& clock, const JobId& id,
                                             const Record& newest) {
  std::vector<KeptCheckpoint> kept;
  for (const CheckpointRef& ref : newest.checkpoints) kept.push_back({ref, {}, false, {}});
  const StoreLayout layout(id);
  std::size_t known = 0;
  for (std::uint64_t back = 0; known < kept.size() && back < kRecordsBackMax; ++back) {
    if (newest.number <= back) break;
    const auto bytes =
        store.get(layout.record(newest.number - back), kRecordBytesMax, clock.now() + kRequest);
    if (!bytes) break;
    const Record record = record_from_json(*bytes);
    if (record.kind != RecordKind::checkpointed || record.checkpoints.empty()) continue;
    for (KeptCheckpoint& checkpoint : kept) {
      if (checkpoint.ref != record.checkpoints.front()) continue;
      checkpoint.when = record.when;
      known += 1;
    }
  }
  return kept;
}

void verify(Store& store, const Clock& clock, const JobId& id, KeptCheckpoint& checkpoint,
            const std::stop_token& stop) {
  try {
    Restorer restorer(store, clock, StoreLayout(id));
    checkpoint.verified = restorer.verify(checkpoint.ref, stop);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    checkpoint.verified = true;
    checkpoint.damage = error.what();
  }
}

std::optional<Unneeded> prune_job(Store& store, const Clock& clock, const JobId& id,
                                  Pruning pruning, const std::stop_token& stop) {
  JobLog log(store, clock, id);
  const StoreLayout layout(id);
  for (int i = 0;; ++i) {
    if (!log.read(clock.now() + kRequest)) return std::nullopt;
    const Record newest = *log.newest();
    KeySet needed;
    try {
      for (const CheckpointRef& ref : newest.checkpoints) {
        needed.add(keys_of(store, clock, layout, ref));
      }
    } catch (const Error& error) {
      // Its owner may have retired one since.
      const bool moved = log.look(clock.now() + kRequest);
      if (error.kind() != ErrorKind::corrupt || !moved || i == kTriesMax) throw;
      continue;
    }
    // An attempt that runs may still commit what it has stored; one that ended never again.
    const AttemptNumber below{newest.attempt.value + (newest.state == JobState::running ? 0 : 1)};
    Unneeded found;
    for_each_unneeded(store, clock, layout, below, needed, stop, [&](const ObjectEntry& object) {
      found.objects += 1;
      found.bytes += object.size_bytes;
      if (pruning == Pruning::only_count) return;
      store.remove(object.key, clock.now() + kRequest);
    });
    for (const UnfinishedUpload& upload : uploads_left(store, clock, layout, below)) {
      found.uploads += 1;
      if (pruning == Pruning::remove) store.abandon(upload, clock.now() + kRequest);
    }
    return found;
  }
}

}  // namespace holdfast
