// The settings of a command that works with a queue or a store.
#pragma once

#include "app/command_line.h"
#include "app/settings.h"

namespace holdfast {

// Flags, environment and --env-file together. Warns of a password that others can see. Throws
// UsageError.
Settings settings_of(const PlaceOptions& options);

}  // namespace holdfast
