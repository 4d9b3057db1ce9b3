// A task may say anything at its socket. What makes sense is taken, the rest does no harm.
#include "core/control.h"

#include <string>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

TEST(Control, EveryKeyOfTheContractIsUnderstood) {
  const TaskMessage message = parse_task_message(
      "PROGRESS=0.42\nSTATUS=epoch 3 of 7\nSTEP=350\nSTALL_AFTER=600\nCHECKPOINT=1\n");
  EXPECT_EQ(message.progress, 0.42);
  EXPECT_EQ(message.status, "epoch 3 of 7");
  EXPECT_EQ(message.step, 350u);
  EXPECT_EQ(message.stall_after, std::chrono::seconds(600));
  EXPECT_TRUE(message.checkpoint);
  EXPECT_TRUE(message.ignored.empty());
}

TEST(Control, TheLastLineNeedsNoEnd) {
  EXPECT_EQ(parse_task_message("STEP=1\nSTEP=2").step, 2u);
}

TEST(Control, LinesMayEndAsOnWindows) {
  EXPECT_EQ(parse_task_message("STATUS=warm\r\nSTEP=2\r\n").status, "warm");
}

TEST(Control, KeysOfOthersAreSkippedInSilence) {
  const TaskMessage message = parse_task_message("READY=1\nno equals sign\n=\n\nSTEP=2\n");
  EXPECT_EQ(message.step, 2u);
  EXPECT_TRUE(message.ignored.empty());
}

TEST(Control, ProgressOutsideZeroToOneIsIgnoredAndSaidSo) {
  for (const char* bad : {"-0.1", "1.01", "nan", "inf", "", "42%", "0,5", " 0.5", "1e400"}) {
    const TaskMessage message = parse_task_message("PROGRESS=" + std::string(bad));
    EXPECT_FALSE(message.progress) << bad;
    EXPECT_EQ(message.ignored.size(), 1u) << bad;
  }
}

TEST(Control, ABadValueDoesNotUndoAGoodOne) {
  EXPECT_EQ(parse_task_message("PROGRESS=0.5\nPROGRESS=7").progress, 0.5);
}

TEST(Control, AStepIsAWholeNumber) {
  for (const char* bad : {"-1", "1.5", "", "18446744073709551616", "0x10"}) {
    EXPECT_FALSE(parse_task_message("STEP=" + std::string(bad)).step) << bad;
  }
  EXPECT_EQ(parse_task_message("STEP=18446744073709551615").step, UINT64_MAX);
}

TEST(Control, StallAfterIsBounded) {
  for (const char* bad : {"0", "-5", "2592001", "soon"}) {
    EXPECT_FALSE(parse_task_message("STALL_AFTER=" + std::string(bad)).stall_after) << bad;
  }
  EXPECT_EQ(parse_task_message("STALL_AFTER=2592000").stall_after, kStallAfterMax);
}

TEST(Control, OnlyOneAsksForACheckpoint) {
  EXPECT_FALSE(parse_task_message("CHECKPOINT=0").checkpoint);
  EXPECT_FALSE(parse_task_message("CHECKPOINT=yes").checkpoint);
}

TEST(Control, AStatusMayHoldAnEqualsSign) {
  EXPECT_EQ(parse_task_message("STATUS=loss=0.3").status, "loss=0.3");
}

TEST(Control, AStatusIsShownWithoutControlCharacters) {
  EXPECT_EQ(parse_task_message("STATUS=a\x1b[31mb\tc").status, "a [31mb c");
}

TEST(Control, AStatusIsValidUtf8) {
  EXPECT_EQ(parse_task_message("STATUS=K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x98\x80").status,
            "K\xc3\xb6ln \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(parse_task_message("STATUS=\xff\xc3-\xe2\x82").status, "\?\?-\?\?");
  EXPECT_EQ(parse_task_message("STATUS=\xc0\xaf\xed\xa0\x80").status,
            "?????");  // Overlong, surrogate.
}

TEST(Control, ALongStatusIsCutBetweenCharacters) {
  const std::string status(kStatusBytesMax - 1, 'x');
  EXPECT_EQ(parse_task_message("STATUS=" + status + "\xc3\xb6").status, status);
}

TEST(Control, AMessageThatIsTooLongIsIgnoredWhole) {
  const TaskMessage message =
      parse_task_message("STEP=1\n" + std::string(kTaskMessageBytesMax, 'x'));
  EXPECT_FALSE(message.step);
  EXPECT_EQ(message.ignored.size(), 1u);
}

TEST(Control, WhatIsSaidOfRubbishIsBounded) {
  std::string rubbish;
  while (rubbish.size() + 7 < kTaskMessageBytesMax) rubbish += "STEP=x\n";
  EXPECT_LE(parse_task_message(rubbish).ignored.size(), 8u);
}

}  // namespace
}  // namespace holdfast
