// Durations as people write them: 500ms, 30s, 5m, 2h, 1d. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace holdfast {

// At most ten years. nullopt if `text` is no duration; "0" alone is one.
std::optional<Duration> parse_duration(std::string_view text);

// The longest unit that divides it: 90s, 5m, 1500ms.
std::string to_text(Duration duration);

}  // namespace holdfast
