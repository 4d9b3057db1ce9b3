// File names are bytes, JSON is UTF-8: bytes outside printable ASCII, and '%', are percent-encoded.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

std::string encoded(std::string_view name);
// Throws JsonMismatch (core/json_read.h).
std::string decoded(std::string_view text);

}  // namespace holdfast
