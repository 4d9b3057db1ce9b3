// HMAC-SHA-256: the proof that a text comes from who has the key.
#pragma once

#include <string>
#include <string_view>

namespace holdfast {

// The code as 32 bytes; to_hex() of base/digest.h makes it readable.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace holdfast
