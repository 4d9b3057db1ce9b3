// Removes what retired checkpoints leave behind: chunks and pages that no kept one names, then the
// manifest. Pages that a retired and a kept checkpoint share are not read.
// Safe without lock or clock, from any caller and however late, by the rules of docs/formats.md,
// "Removing what is old". One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

#include "checkpoint/key_set.h"
#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// The keys of all that a checkpoint names, its manifest included. Reads all of its pages. Throws
// Error (corrupt) if it is damaged or gone.
KeySet keys_of(Store& store, const Clock& clock, const StoreLayout& layout,
               const CheckpointRef& ref);

// Removes what `retired` names and `needed` does not hold; fine if it is gone already, also in
// part. `needed`: the keys of every checkpoint that the newest record of the log known to the
// caller names, and of the one that it stored last. Throws Error; the rest stays for a later sweep
// then.
void prune(Store& store, const Clock& clock, const StoreLayout& layout,
           const CheckpointRef& retired, const KeySet& needed);

// Visits what attempts before `attempt` stored and no checkpoint of the log names: as sweep(),
// which removes it.
void for_each_unneeded(Store& store, const Clock& clock, const StoreLayout& layout,
                       AttemptNumber attempt, const KeySet& needed, const std::stop_token& stop,
                       const std::function<void(const ObjectEntry&)>& visit);

// Removes what attempts before `attempt` stored and no checkpoint of the log names: uploads that
// were under way when they were killed. They can commit nothing any more, since `attempt` has
// claimed the job. `needed` as above. Returns how many objects went; stops early if asked to.
std::size_t sweep(Store& store, const Clock& clock, const StoreLayout& layout,
                  AttemptNumber attempt, const KeySet& needed, const std::stop_token& stop);

// Large outputs that attempts before `attempt` were storing in parts when they were killed. They
// can complete nothing any more. At most a thousand at once.
std::vector<UnfinishedUpload> uploads_left(Store& store, const Clock& clock,
                                           const StoreLayout& layout, AttemptNumber attempt);

}  // namespace holdfast
