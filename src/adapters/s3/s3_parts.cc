#include "adapters/s3/s3_parts.h"

#include <algorithm>

#include "base/check.h"

namespace holdfast {

std::uint64_t PartPlan::bytes_of(std::uint64_t part) const {
  check(part < count, "a plan knows its parts");
  return std::min(part_bytes, size_bytes - offset(part));
}

PartPlan plan_parts(std::uint64_t size_bytes, std::uint64_t part_bytes) {
  check(size_bytes > 0 && part_bytes >= kPartBytesMin, "there is something to cut, not too small");
  const std::uint64_t most = part_bytes * kPartsMax;
  PartPlan plan;
  plan.size_bytes = size_bytes;
  plan.part_bytes = part_bytes * ((size_bytes + most - 1) / most);
  plan.count = (size_bytes + plan.part_bytes - 1) / plan.part_bytes;
  return plan;
}

}  // namespace holdfast
