// Wall time for people, as in records and logs: 2026-01-31T23:59:59Z.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace holdfast {

std::string to_text(WallTime time);
// What to_text() wrote; nullopt for anything else.
std::optional<WallTime> wall_time_from(std::string_view text);

}  // namespace holdfast
