// Percent-encoding as AWS Signature Version 4 wants it: what is signed and what is sent must be the
// same bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

enum class Slash {
  keep,    // In a path: '/' separates.
  encode,  // In a query: '/' is a character like others.
};

// Everything but A-Z a-z 0-9 - . _ ~ becomes %XX, upper case.
std::string uri_encode(std::string_view text, Slash slash);

// Undoes the encoding of keys in listings, where a blank may come as '+'. nullopt if a '%' is not
// followed by two hexadecimal digits.
std::optional<std::string> uri_decode(std::string_view text);

}  // namespace holdfast
