// Undoes percent-encoding where a store uses it (core/text.h does it).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

// Undoes the encoding of keys in listings, where a blank may come as '+'. nullopt if a '%' is not
// followed by two hexadecimal digits.
std::optional<std::string> uri_decode(std::string_view text);

}  // namespace holdfast
