// The Date header: how a server says what time it takes it to be.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace holdfast {

// nullopt unless `text` looks like "Sun, 06 Nov 1994 08:49:37 GMT". Precise to the second.
std::optional<WallTime> parse_http_date(std::string_view text);

}  // namespace holdfast
