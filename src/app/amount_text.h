// Sizes and rates as people write them. Pure.
//
//   500MB, 20GB    powers of ten: 1 GB is 10^9 bytes       100B, 7   bytes
//   512MiB, 20GiB  powers of two: 1 GiB is 2^30 bytes
//   10GB/h, 3MB/s, 100Mbit/s                               a size or bits, a second or an hour
//
// Upper and lower case are the same, and the B may be left out, as older versions had it: 20g.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

// In bytes, up to 2^53. nullopt if `text` is no size.
std::optional<std::uint64_t> parse_size(std::string_view text);

// The largest unit of ten that divides it: 20GB, 1500MB, 7B.
std::string size_text(std::uint64_t bytes);

// In bytes a second. nullopt if `text` is no rate.
std::optional<double> parse_rate(std::string_view text);

}  // namespace holdfast
