// Removes what retired checkpoints leave behind: chunks that no kept one names, then the manifest.
// Safe without lock or clock, whoever calls it however late, by the rules of docs/formats.md,
// "Removing what is old". One thread.
#pragma once

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

}  // namespace holdfast
