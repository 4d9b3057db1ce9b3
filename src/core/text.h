// Text made fit for where it goes: a line, a record, a URL. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.h"

namespace holdfast {

// The beginning of `text` that takes at most `json_bytes_max` bytes in a JSON string, as whole
// UTF-8 characters: what is none becomes '?', a control character a space.
std::string fitted(std::string_view text, std::size_t json_bytes_max);

// `text`, which is UTF-8, as a string of JSON with its quotes.
std::string json_string(std::string_view text);

// As a part of a URL: everything but A-Z a-z 0-9 - . _ ~ and the characters of `plain` becomes %XX,
// upper case.
std::string percent_encode(std::string_view text, std::string_view plain = {});

// 12.345 with one digit behind the point as "12.3".
std::string decimal(double number, int digits);

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

// A word as one types it into a shell: in quotes if it needs them.
std::string shell_word(std::string_view word);

// 1536 as "1.5 KiB".
std::string bytes_text(std::uint64_t bytes);

}  // namespace holdfast
