#include "core/encoded_name.h"

#include <charconv>

#include "base/digest.h"
#include "core/json_read.h"

namespace holdfast {

std::string encoded(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '%') {
      text += c;
    } else {
      text += '%' + to_hex({&c, 1});
    }
  }
  return text;
}

std::string decoded(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      name += text[i];
      continue;
    }
    unsigned value = 0;
    require_json(i + 2 < text.size(), "a name is cut off");
    const auto [end, error] = std::from_chars(&text[i + 1], &text[i + 1] + 2, value, 16);
    require_json(error == std::errc() && end == &text[i + 1] + 2, "a name is wrongly encoded");
    name += static_cast<char>(value);
    i += 2;
  }
  return name;
}

}  // namespace holdfast
