// The result of a job. First stored below the attempt's own number, where a superseded worker can
// do no harm; published under the names that the user expects only after the log says completed.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/attempt.h"
#include "core/output_list.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "worker/named_results.h"
#include "worker/output_walk.h"

namespace holdfast {

struct StoredResult {
  std::string digest;  // Of the list, which the `completed` record names.
  std::uint64_t count = 0;
  OddOutputs odd;
};

// Stores everything that a task left in `directory`, and what else `named` says, several files at a
// time, then a list of it: where there is a list, all that it names is stored. nullopt if `stop`
// was requested first. Throws OutputUnreadable, or Error of the store.
std::optional<StoredResult> store_outputs(Store& store, const Clock& clock,
                                          const StoreLayout& layout, AttemptNumber attempt,
                                          const std::filesystem::path& directory,
                                          const NamedResults& named,
                                          const std::optional<Provenance>& made_by,
                                          const std::stop_token& stop);

// If attempt `before` stored a result whole, makes it that of `attempt`: its task had finished, and
// its worker vanished before the log could say so. nullopt if there is none. Throws Error.
std::optional<StoredResult> adopt_outputs(Store& store, const Clock& clock,
                                          const StoreLayout& layout, AttemptNumber before,
                                          AttemptNumber attempt);

// Copies the outputs of a completed job under their plain names, several at a time. What is there
// already is not written again, and nothing is published that is not what was stored. Twice is
// harmless. False if `stop` was requested first. Throws Error: `corrupt` if an output is gone or
// damaged and nothing stands under its name yet.
[[nodiscard]] bool publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                                   AttemptNumber attempt, const std::string& outputs_digest,
                                   const std::stop_token& stop);

}  // namespace holdfast
