// What JSON from outside must be before anybody acts on it. Left to itself the library wraps
// negative numbers, cuts large ones and takes any value for a list.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "base/digest.h"

namespace holdfast {

// The largest whole number that every reader of JSON knows exactly; also keeps sums in range.
constexpr std::uint64_t kWholeNumberMax = std::uint64_t{1} << 53;

// What is wrong with it. Whoever parses the whole makes it an Error that names the whole.
struct JsonMismatch {
  std::string what;
};

inline void require_json(bool holds, const std::string& what) {
  if (!holds) throw JsonMismatch{what};
}

// A whole number from 0 to the largest of `Number` or kWholeNumberMax.
template <typename Number, typename Json>
Number whole_number(const Json& json) {
  constexpr std::uint64_t kMax =
      std::min<std::uint64_t>(std::numeric_limits<Number>::max(), kWholeNumberMax);
  require_json(json.is_number_unsigned(), "a number is negative, broken or no number at all");
  const auto value = json.template get<std::uint64_t>();
  require_json(value <= kMax, "a number is too large");
  return static_cast<Number>(value);
}

// A list, to be iterated.
template <typename Json>
const Json& list_in(const Json& json) {
  require_json(json.is_array(), "something is no list");
  return json;
}

// A SHA-256 in hexadecimal.
template <typename Json>
std::string digest_in(const Json& json) {
  auto text = json.template get<std::string>();
  require_json(Sha256Digest::from_hex(text).has_value(), "a digest is none");
  return text;
}

}  // namespace holdfast
