#include "dashboard/assets.h"

#include <gtest/gtest.h>

#include "base/compression.h"
#include "core/dead_reason.h"
#include "core/ending.h"

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

// Both come from the program's tables (cmake/embed.cmake), so that it never says two things.
TEST(DashboardAssets, CallEndingsAndReasonsAsTheProgramDoes) {
  const std::string script(asset("app.js")->bytes);
  const auto has = [&](std::string_view word, std::string_view plain) {
    const std::string text = std::string(word) + ": \"" + std::string(plain) + "\"";
    EXPECT_NE(script.find(text), std::string::npos) << text;
  };
  for (int i = 0; i <= static_cast<int>(Ending::lost); ++i) {
    has(to_text(static_cast<Ending>(i)), in_plain_words(static_cast<Ending>(i)));
  }
  for (const DeadReason& one : kDeadReasons) has(one.word, one.meaning);
}

}  // namespace
}  // namespace holdfast
