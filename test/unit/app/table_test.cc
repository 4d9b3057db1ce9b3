// Tables for people: columns stay in line whatever stands in them.
#include "app/table.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(table({"JOB", "ERROR"}, {{"a", "exit code 1"}, {"train-7", ""}}, std::nullopt),
            "JOB      ERROR\na        exit code 1\ntrain-7  \n");
}

TEST(TableTest, CharactersCountAndNotBytes) {
  EXPECT_EQ(table({"JOB", "E"}, {{"größe", "x"}}, std::nullopt), "JOB    E\ngröße  x\n");
}

TEST(TableTest, WhatWouldMoveTheCursorOrBreakTheLineBecomesBlank) {
  EXPECT_EQ(table({"A"}, {{"x\n\x1b[2Jy"}}, std::nullopt), "A\nx \\u001b[2Jy\n");
}

TEST(TableTest, OnATerminalLinesAreCut) {
  EXPECT_EQ(table({"JOB", "ERROR"}, {{"a", "a long sentence"}}, 10), "JOB  ERROR\na    a lon\n");
}

}  // namespace
}  // namespace holdfast
