// What a terminal shows of text from elsewhere: the text, and nothing that it obeys.
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Visible, TextIsLeftAsItIs) {
  const std::string text = "a line\n\tand — Ünïcode: 作业 🚀\n";
  EXPECT_EQ(visible(text), text);
}

TEST(Visible, WhatATerminalObeysIsWrittenOut) {
  EXPECT_EQ(visible("\x1b[2J"), "\\u001b[2J");
  EXPECT_EQ(visible("a\x07\x7f\r"), "a\\u0007\\u007f\\u000d");
  EXPECT_EQ(visible("\xc2\x9b"
                    "31m"),
            "\\u009b31m")
      << "the escape sequence of C1";
  EXPECT_EQ(visible("\u202egnp.exe"), "\\u202egnp.exe") << "turns what follows around";
  EXPECT_EQ(visible("\u2066\u2069\u200b\ufeff"), "\\u2066\\u2069\\u200b\\ufeff");
}

TEST(Visible, BytesThatAreNoTextAreShown) {
  EXPECT_EQ(visible("\x9b\xff"
                    "a"),
            "\\x9b\\xffa");
  EXPECT_EQ(visible("\xe4\xbd"), "\\xe4\\xbd");
}

TEST(Visible, OnOneLineNothingCanLookLikeAnotherOne) {
  EXPECT_EQ(visible_line("worker\n  state  completed\t\x1b["),
            "worker   state  completed \\u001b[");
}

}  // namespace
}  // namespace holdfast
