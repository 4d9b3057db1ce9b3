// Ways to spoil a text that was right, for parsers of what comes from outside.
#pragma once

#include <string>

#include "base/random.h"

namespace holdfast {

// One to four bytes changed, removed, added or repeated; or cut off.
inline std::string mutated(std::string text, Random& random) {
  for (std::uint64_t changes = 1 + random.below(4); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = random.below(text.size());
    switch (random.below(6)) {
      case 0:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, 1 + random.below(8));
        break;
      case 2:
        text.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      case 3:
        text.insert(at, text.substr(at, 1 + random.below(40)));
        break;
      case 4:
        text[at] = "0123456789-e.\"{}[],:"[random.below(20)];
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

// `text` with the value of `"name":` replaced; the first one that is found.
inline std::string with_value(const std::string& text, const std::string& name,
                              const std::string& value) {
  const std::size_t begin = text.find("\"" + name + "\":") + name.size() + 3;
  int depth = 0;
  std::size_t end = begin;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (c == '[' || c == '{') ++depth;
    if (depth == 0 && (c == ',' || c == '}')) break;
    if (c == ']' || c == '}') --depth;
  }
  return text.substr(0, begin) + value + text.substr(end);
}

}  // namespace holdfast
