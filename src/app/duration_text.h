// Durations as people write them: 300ms, 90s, 5m, 1h30m, 1.5h, 2d. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace holdfast {

// Numbers with units, the longest unit first, each unit once; the last number may have a fraction.
// At most ten years. nullopt if `text` is no duration; "0" alone is one.
std::optional<Duration> parse_duration(std::string_view text);

// The longest unit that divides it: 90s, 5m, 1500ms.
std::string to_text(Duration duration);

// For a person who wants to know about how long: 45 s, 12 min, 3 h, 5 d.
std::string short_text(Duration duration);

}  // namespace holdfast
