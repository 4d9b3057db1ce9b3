// What bringing a job back takes, in every state that its log can be in.
#include "core/redrive.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::optional<Record> in(JobState state, RecordKind kind = RecordKind::ended) {
  Record record;
  record.state = state;
  record.kind = kind;
  return record;
}

RedriveDecision decision(const std::optional<Record>& newest) {
  return decide_redrive(newest, CancelledJobs::stay);
}

TEST(RedriveDecisionTest, ADeadJobNeedsARecordAndItsMessage) {
  EXPECT_EQ(decision(in(JobState::dead)), RedriveDecision::append);
}

TEST(RedriveDecisionTest, AJobThatMayGoOnNeedsItsMessageOnly) {
  EXPECT_EQ(decision(std::nullopt), RedriveDecision::publish);
  EXPECT_EQ(decision(in(JobState::waiting)), RedriveDecision::publish);
  EXPECT_EQ(decision(in(JobState::running)), RedriveDecision::publish);
}

TEST(RedriveDecisionTest, ACompletedJobNeedsNothing) {
  EXPECT_EQ(decision(in(JobState::completed)), RedriveDecision::drop);
}

TEST(RedriveDecisionTest, ACancelledJobStaysSoUnlessItIsMeantToo) {
  EXPECT_EQ(decision(in(JobState::cancelled)), RedriveDecision::refuse);
  EXPECT_EQ(decide_redrive(in(JobState::cancelled), CancelledJobs::come_back),
            RedriveDecision::append);
}

TEST(RedriveDecisionTest, WithoutALetterOnlyWhatIsSetAsideOrWasBroughtBackCanBe) {
  const auto can = [](const std::optional<Record>& newest) {
    return redrivable_without_letter(newest, CancelledJobs::stay);
  };
  EXPECT_TRUE(can(in(JobState::dead)));
  EXPECT_TRUE(can(in(JobState::waiting, RecordKind::redriven)));
  EXPECT_FALSE(can(in(JobState::waiting)));
  EXPECT_FALSE(can(in(JobState::running)));
  EXPECT_FALSE(can(in(JobState::completed)));
  EXPECT_FALSE(can(in(JobState::cancelled)));
  EXPECT_FALSE(can(std::nullopt));
  EXPECT_TRUE(redrivable_without_letter(in(JobState::cancelled), CancelledJobs::come_back));
}

}  // namespace
}  // namespace holdfast
