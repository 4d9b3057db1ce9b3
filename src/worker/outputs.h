// The result of a job. First stored below the attempt's own number, where a superseded worker can
// do no harm; published under the names that the user expects only after the log says completed.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "core/attempt.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// Stores every file below `directory` and a list of them; returns the list's digest, which the
// `completed` record names. nullopt if `stop` was requested. Throws Error: `corrupt` if an output's
// name would hide an object of ours.
std::optional<std::string> store_outputs(Store& store, const Clock& clock,
                                         const StoreLayout& layout, AttemptNumber attempt,
                                         const std::filesystem::path& directory,
                                         const std::stop_token& stop);

// Copies the outputs of a completed job under their plain names. Twice is harmless. Throws Error.
void publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::string& outputs_digest);

}  // namespace holdfast
