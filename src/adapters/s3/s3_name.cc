#include "adapters/s3/s3_name.h"

#include <cstdint>

#include "base/digest.h"

namespace holdfast {

namespace {

constexpr std::size_t kDigestDigits = 32;

bool is_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

// Whether `text` begins with what encode_byte() writes.
bool begins_encoded(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && is_digit(text[1]) && is_digit(text[2]);
}

std::string encode_byte(char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<std::uint8_t>(c);
  return {'%', kDigits[byte >> 4], kDigits[byte & 15]};
}

int value_of(char digit) {
  return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

// How many bytes the character at the beginning has; 0 if there is no whole one, or one that a name
// cannot have.
std::size_t character_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  std::uint32_t value = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
    value = (value << 6) | (byte(i) & 0x3fU);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool surrogate = value >= 0xd800 && value < 0xe000;
  const bool control = value < 0xa0;                                 // C1
  const bool none = (value & 0xfffe) == 0xfffe || value > 0x10ffff;  // XML has no such character.
  return overlong || surrogate || control || none ? 0 : size;
}

}  // namespace

std::string s3_name(std::string_view key, std::size_t bytes_max) {
  std::string name;
  std::size_t fits = 0;  // How much of the name can stay if it must be cut.
  for (std::string_view rest = key; !rest.empty();) {
    const std::size_t size = begins_encoded(rest) ? 0 : character_bytes(rest);
    name += size > 0 ? std::string(rest.substr(0, size)) : encode_byte(rest.front());
    rest.remove_prefix(size > 0 ? size : 1);
    if (name.size() + kDigestDigits + 1 <= bytes_max) fits = name.size();
  }
  if (name.size() <= bytes_max) return name;
  return name.substr(0, fits) + "~" + sha256(key).hex().substr(0, kDigestDigits);
}

std::string key_of_s3_name(std::string_view name) {
  std::string key;
  while (!name.empty()) {
    const bool encoded = begins_encoded(name);
    key += encoded ? static_cast<char>(value_of(name[1]) * 16 + value_of(name[2])) : name.front();
    name.remove_prefix(encoded ? 3 : 1);
  }
  return key;
}

}  // namespace holdfast
