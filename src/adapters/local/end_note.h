// What the runner knows of why a task ended as it did, in words for people.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "ports/runner.h"

namespace holdfast {

// Empty if there is nothing to say. `memory` is MemoryKiller::text(). `since_thaw`: how long ago
// the task was let go on after a snapshot; nullopt if it was not, or was asked to stop.
std::string end_note(const TaskExited& end, const std::string& memory,
                     std::optional<Duration> since_thaw);

}  // namespace holdfast
