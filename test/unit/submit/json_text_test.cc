#include "submit/json_text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(JsonText, NumbersAreWhatJsonCallsOne) {
  for (const char* text :
       {"0", "-0", "600", "-1.5", "1e3", "1E+3", "0.1e-7", "123456789012345678"}) {
    EXPECT_TRUE(is_json_number(text)) << text;
  }
  for (const char* text : {"", "-", "+1", "007", "-01", ".5", "5.", "1e", "1e+", "0x1F", "1,000",
                           "NaN", "Infinity", " 1", "1 ", "1e999", "-1e999", "1_000"}) {
    EXPECT_FALSE(is_json_number(text)) << text;
  }
}

TEST(JsonText, AnIntegerThatNoReaderCanHoldIsNoNumber) {
  EXPECT_TRUE(is_json_number(std::string(300, '9')));
  EXPECT_FALSE(is_json_number(std::string(400, '9')));
}

TEST(JsonText, Utf8IsToldFromOtherBytes) {
  for (const char* text : {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\xFF", "\xC3", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(JsonText, TextIsQuotedAndEscaped) {
  std::string json;
  append_json_string(json, "a\"b\\c\n\x01\xC3\xA4");
  EXPECT_EQ(json, "\"a\\\"b\\\\c\\n\\u0001\xC3\xA4\"");
}

}  // namespace
}  // namespace holdfast
