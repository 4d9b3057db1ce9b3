// Servers refuse uploads whose parts are too many, too small or (R2) unequal.
#include "adapters/s3/s3_parts.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

TEST(S3PartsTest, AllPartsButTheLastAreEqualWhateverTheSize) {
  for (const std::uint64_t size :
       {std::uint64_t{1}, 16 * kMiB - 1, 16 * kMiB, 16 * kMiB + 1, 65 * kMiB, 5000 * kMiB + 7,
        160'000 * kMiB, 160'000 * kMiB + 1, 5 * kMiB * kMiB}) {
    const PartPlan plan = plan_parts(size, 16 * kMiB);
    EXPECT_LE(plan.count, kPartsMax) << size;
    EXPECT_GE(plan.part_bytes, kPartBytesMin) << size;
    EXPECT_LE(plan.part_bytes, 5 * 1024 * kMiB) << size;
    std::uint64_t end = 0;
    for (std::uint64_t part = 0; part < plan.count; ++part) {
      ASSERT_EQ(plan.offset(part), end);
      const bool last = part + 1 == plan.count;
      if (last) {
        EXPECT_GT(plan.bytes_of(part), 0u);
        EXPECT_LE(plan.bytes_of(part), plan.part_bytes);
      } else {
        ASSERT_EQ(plan.bytes_of(part), plan.part_bytes);
      }
      end += plan.bytes_of(part);
    }
    EXPECT_EQ(end, size);
  }
}

TEST(S3PartsTest, PartsAreNoLargerThanTheyMustBe) {
  EXPECT_EQ(plan_parts(160'000 * kMiB, 16 * kMiB).part_bytes, 16 * kMiB);
  EXPECT_EQ(plan_parts(160'000 * kMiB + 1, 16 * kMiB).part_bytes, 32 * kMiB);
}

}  // namespace
}  // namespace holdfast
