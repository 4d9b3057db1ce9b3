// Removes what retired checkpoints leave behind: chunks that no kept one names, then the manifest.
// Safe without lock or clock, whoever calls it however late, by the rules of docs/formats.md,
// "Removing what is old". One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// Removes what `retired` named and none of `kept` does. `kept` must hold every checkpoint that the
// newest record of the log known to the caller names. Throws Error; the rest stays for a later
// sweep then.
void prune(Store& store, const Clock& clock, const StoreLayout& layout,
           const CheckpointRef& retired, const Manifest& retired_manifest,
           const std::vector<Manifest>& kept);

// Visits what attempts before `attempt` stored and no checkpoint of the log names: as sweep(),
// which removes it.
void for_each_unneeded(Store& store, const Clock& clock, const StoreLayout& layout,
                       AttemptNumber attempt, const std::vector<CheckpointRef>& kept,
                       const std::vector<Manifest>& kept_manifests, const std::stop_token& stop,
                       const std::function<void(const ObjectEntry&)>& visit);

// Removes what attempts before `attempt` stored and no checkpoint of the log names: uploads that
// were under way when they were killed. They can commit nothing any more, since `attempt` has
// claimed the job. `kept` as above, with their manifests in `kept_manifests`. Returns how many
// objects went; stops early if asked to.
std::size_t sweep(Store& store, const Clock& clock, const StoreLayout& layout,
                  AttemptNumber attempt, const std::vector<CheckpointRef>& kept,
                  const std::vector<Manifest>& kept_manifests, const std::stop_token& stop);

// Large outputs that attempts before `attempt` were storing in parts when they were killed. They
// can complete nothing any more. At most a thousand at once.
std::vector<UnfinishedUpload> uploads_left(Store& store, const Clock& clock,
                                           const StoreLayout& layout, AttemptNumber attempt);

}  // namespace holdfast
