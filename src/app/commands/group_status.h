// How far the jobs of one group are.
#pragma once

#include <string>

#include "app/command_line.h"
#include "app/commands/commands.h"

namespace holdfast {

// For `holdfast status --group`. Throws UsageError if there is no such group.
int show_group(const StatusOptions& options, const CommandContext& context);

}  // namespace holdfast
