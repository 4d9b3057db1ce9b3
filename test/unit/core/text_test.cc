#include "core/text.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(FittedTextTest, TextThatFitsStaysAsItIs) {
  EXPECT_EQ(fitted("exit code 3", 200), "exit code 3");
  EXPECT_EQ(fitted("", 200), "");
  EXPECT_EQ(fitted("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9),
            "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(FittedTextTest, NoCharacterIsCutInTwo) {
  EXPECT_EQ(fitted("a\xe2\x82\xac", 3), "a");
  EXPECT_EQ(fitted("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
}

TEST(FittedTextTest, WhatJsonEscapesCountsDouble) {
  EXPECT_EQ(fitted("\"\"\"", 4), "\"\"");
  EXPECT_EQ(fitted("\\\\\\", 5), "\\\\");
}

TEST(FittedTextTest, ControlCharactersAndBytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(fitted(std::string_view("a\n\0\x7f", 4), 200), "a   ");
  EXPECT_EQ(fitted("\xff\xc3", 200), "??");
  EXPECT_EQ(fitted("\xed\xa0\x80", 200), "???");  // Half of a surrogate pair.
  EXPECT_EQ(fitted("\xc0\xaf", 200), "??");       // '/' written too long.
}

TEST(JsonString, EscapesWhatJsonForbids) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\u000a\u0001")");
  EXPECT_EQ(json_string(""), R"("")");
}

TEST(BytesTextTest, BytesAreShownInTheirUnit) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(1536), "1.5 KiB");
  EXPECT_EQ(bytes_text(std::uint64_t{3} << 40), "3.0 TiB");
}

TEST(ShellWordTest, OnlyWhatTheShellWouldTakeApartIsQuoted) {
  EXPECT_EQ(shell_word("--lr=1e-3"), "--lr=1e-3");
  EXPECT_EQ(shell_word("two words"), "'two words'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
}

TEST(DecimalTest, HasSoManyDigitsBehindThePoint) {
  EXPECT_EQ(decimal(12.345, 1), "12.3");
  EXPECT_EQ(decimal(0, 2), "0.00");
}

}  // namespace
}  // namespace holdfast
