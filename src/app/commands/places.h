// The settings of a command that works with a queue or a store.
#pragma once

#include <string>

#include "app/command_line.h"
#include "app/config.h"
#include "app/settings.h"
#include "ports/clock.h"

namespace holdfast {

// Flags, environment and --env-file together. Warns of a password that others can see. Throws
// UsageError.
Settings settings_of(const PlaceOptions& options);
// The same, with the state folder of `holdfast run` in place of what it says, unless `state` is
// empty.
Settings settings_of(PlaceOptions options, const std::string& state);

// For who gives jobs to a queue or takes them: throws Error (rejected) if the queue throws messages
// away. One that cannot be asked now is not refused.
void refuse_lossy(const QueueConfig& queue, Clock& clock);

// For commands that change the store and then the queue: throws Error while nothing is changed if
// the queue is not there or out of reach.
void require_queue(const QueueConfig& queue, Clock& clock);

// For commands that must not make what they look for: a folder that is not there is a UsageError.
QueueConfig existing_queue(const Settings& settings);
StoreConfig existing_store(const Settings& settings);

}  // namespace holdfast
