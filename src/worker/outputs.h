// The result of a job. First stored below the attempt's own number, where a superseded worker can
// do no harm; published under the names that the user expects only after the log says completed.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/attempt.h"
#include "core/checkpoint.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// What a task left as its result, or why it can never be stored as it is: a name that no store
// takes or that would hide an object of ours, a file that cannot be read.
struct FoundOutputs {
  std::vector<Output> outputs;  // Sorted by path.
  std::string refused;          // One sentence that names the file; empty: all can be stored.
};

// Looks at every regular file below `directory`, and reads it for its digest. Of symbolic links
// those to files count as files. `layout` and `attempt` say under which keys they would stand.
FoundOutputs find_outputs(const StoreLayout& layout, AttemptNumber attempt,
                          const std::filesystem::path& directory);

// Stores `outputs`, found below `directory`, and a list of them; returns the list's digest, which
// the `completed` record names. nullopt if `stop` was requested. Throws Error: `corrupt` if what
// arrived was not what was sent.
std::optional<std::string> store_outputs(Store& store, const Clock& clock,
                                         const StoreLayout& layout, AttemptNumber attempt,
                                         const std::filesystem::path& directory,
                                         const std::vector<Output>& outputs,
                                         const std::stop_token& stop);

// Copies the outputs of a completed job under their plain names. Twice is harmless. False if
// `stop` was requested first. Throws Error.
[[nodiscard]] bool publish_outputs(Store& store, const Clock& clock, const StoreLayout& layout,
                                   AttemptNumber attempt, const std::string& outputs_digest,
                                   const std::stop_token& stop);

}  // namespace holdfast
