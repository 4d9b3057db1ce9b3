// How a large object is cut into the parts of an upload. Pure.
#pragma once

#include <cstdint>

namespace holdfast {

// What the servers agree on: 10,000 parts at most, each but the last of 5 MiB at least, and (R2)
// all but the last of equal size.
inline constexpr std::uint64_t kPartsMax = 10'000;
inline constexpr std::uint64_t kPartBytesMin = std::uint64_t{5} << 20;

struct PartPlan {
  std::uint64_t size_bytes = 0;
  std::uint64_t part_bytes = 0;
  std::uint64_t count = 0;

  std::uint64_t offset(std::uint64_t part) const { return part * part_bytes; }
  // Of part 0, 1, ...; only the last may have less than part_bytes.
  std::uint64_t bytes_of(std::uint64_t part) const;
};

// Parts of `part_bytes`, or of so many times that as an object of `size_bytes` (not 0) needs.
PartPlan plan_parts(std::uint64_t size_bytes, std::uint64_t part_bytes);

}  // namespace holdfast
