#include "dashboard/assets.h"

#include <gtest/gtest.h>

#include "base/compression.h"

namespace holdfast {
namespace {

// A page is there at once, also over a slow line; what grows it is noticed here.
TEST(DashboardAssets, TakeAtMost150KibibytesCompressed) {
  constexpr std::size_t kBytesMax = 150 * 1024;
  std::size_t sum = 0;
  for (const char* name : {"index.html", "style.css", "app.js", "icon.svg"}) {
    const auto one = asset(name);
    ASSERT_TRUE(one) << name;
    ASSERT_FALSE(one->bytes.empty()) << name;
    const std::string bytes(one->bytes);
    sum += compressed(bytes).value_or(bytes).size();
  }
  RecordProperty("compressed_bytes", static_cast<int>(sum));
  EXPECT_LE(sum, kBytesMax);
}

}  // namespace
}  // namespace holdfast
