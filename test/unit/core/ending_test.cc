#include "core/ending.h"

#include <csignal>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

using namespace std::chrono_literals;

Ending ending_of(std::optional<int> code, std::optional<int> signal, bool drained = false) {
  const auto reason = drained ? std::optional(StopReason::drain) : std::nullopt;
  return classify({code, signal, reason, {}, false}).ending;
}

TEST(EndingTest, ExitCodesMeanWhatTheTaskContractSays) {
  EXPECT_EQ(ending_of(0, {}), Ending::finished);
  EXPECT_EQ(ending_of(65, {}), Ending::refused);
  EXPECT_EQ(ending_of(69, {}), Ending::node_unfit);
  EXPECT_EQ(ending_of(75, {}), Ending::interrupted);
  EXPECT_EQ(ending_of(85, {}), Ending::checkpointed);
  for (const int code : {1, 2, 64, 66, 84, 86, 126, 127, 137, 143, 255}) {
    EXPECT_EQ(ending_of(code, {}), Ending::failed) << code;
  }
}

TEST(EndingTest, ASignalThatNobodySentIsAFailureThatNamesIt) {
  const EndedHow how = classify({{}, SIGSEGV, {}, {}, false});
  EXPECT_EQ(how.ending, Ending::failed);
  EXPECT_NE(how.detail.find("11"), std::string::npos) << how.detail;
}

TEST(EndingTest, ATaskThatWasAskedToStopMayDieInAnyWay) {
  for (const int signal : {SIGTERM, SIGKILL, SIGSEGV}) {
    EXPECT_EQ(ending_of({}, signal, true), Ending::interrupted) << signal;
  }
  for (const int code : {1, 130, 143}) EXPECT_EQ(ending_of(code, {}, true), Ending::interrupted);
}

TEST(EndingTest, WhatATaskSaysByItsCodeCountsAlsoAfterItWasAskedToStop) {
  EXPECT_EQ(ending_of(0, {}, true), Ending::finished);
  EXPECT_EQ(ending_of(65, {}, true), Ending::refused);
  EXPECT_EQ(ending_of(85, {}, true), Ending::checkpointed);
}

TEST(EndingTest, ALimitIsTheReasonUnlessTheTaskHadFinished) {
  for (const auto& [reason, ending] : {std::pair{StopReason::time_limit, Ending::timed_out},
                                       std::pair{StopReason::stall, Ending::stalled}}) {
    for (const int code : {1, 65, 69, 75, 85, 143}) {
      EXPECT_EQ(classify({code, {}, reason, 90s, false}).ending, ending) << code;
    }
    const EndedHow how = classify({{}, SIGKILL, reason, 90s, true});
    EXPECT_EQ(how.ending, ending);
    EXPECT_NE(how.detail.find("90 s"), std::string::npos) << how.detail;
    EXPECT_EQ(classify({0, {}, reason, 90s, false}).ending, Ending::finished);
  }
}

TEST(EndingTest, AnOutOfMemoryKillIsToldFromAnyOtherKill) {
  EXPECT_EQ(classify({{}, SIGKILL, {}, {}, true}).ending, Ending::out_of_memory);
  EXPECT_EQ(classify({137, {}, {}, {}, true}).ending, Ending::out_of_memory);
  EXPECT_EQ(classify({{}, SIGKILL, {}, {}, false}).ending, Ending::failed);
  EXPECT_EQ(classify({{}, SIGKILL, StopReason::drain, {}, true}).ending, Ending::interrupted);
  // Something of it was killed, and it noticed: a failure that says so.
  const EndedHow how = classify({1, {}, {}, {}, true});
  EXPECT_EQ(how.ending, Ending::failed);
  EXPECT_NE(how.detail.find("memory"), std::string::npos) << how.detail;
  EXPECT_EQ(classify({85, {}, {}, {}, true}).ending, Ending::checkpointed);
}

TEST(EndingTest, OnlyAnOrderlyEndLeavesACheckpoint) {
  for (const Ending ending :
       {Ending::interrupted, Ending::checkpointed, Ending::node_unfit, Ending::timed_out}) {
    EXPECT_TRUE(leaves_a_checkpoint(ending)) << to_text(ending);
  }
  for (const Ending ending :
       {Ending::finished, Ending::failed, Ending::refused, Ending::out_of_memory, Ending::stalled,
        Ending::unrestorable, Ending::cancelled, Ending::lost}) {
    EXPECT_FALSE(leaves_a_checkpoint(ending)) << to_text(ending);
  }
}

Consequence after(Ending ending, std::uint32_t failures_before, const RetryPolicy& policy) {
  Record newest;
  newest.failures_since_progress = failures_before;
  return consequence_of(ending, newest, policy);
}

TEST(ConsequenceTest, InterruptionsAreFreeHoweverManyFailuresCameBefore) {
  const RetryPolicy policy;
  for (const Ending ending :
       {Ending::interrupted, Ending::checkpointed, Ending::node_unfit, Ending::lost}) {
    for (const std::uint32_t failures : {0u, 2u, 100u}) {
      const Consequence consequence = after(ending, failures, policy);
      EXPECT_EQ(consequence.state, JobState::waiting) << to_text(ending);
      EXPECT_EQ(consequence.backoff, Duration::zero()) << to_text(ending);
    }
  }
}

TEST(ConsequenceTest, RefusedAndUnrestorableAreDeadAtOnceAndSaySo) {
  EXPECT_EQ(after(Ending::refused, 0, {}).state, JobState::dead);
  EXPECT_EQ(after(Ending::refused, 0, {}).reason, "refused");
  EXPECT_EQ(after(Ending::unrestorable, 0, {}).state, JobState::dead);
  EXPECT_EQ(after(Ending::unrestorable, 0, {}).reason, "unrestorable");
  EXPECT_EQ(after(Ending::timed_out, 0, {}).reason, "timed_out");
}

TEST(ConsequenceTest, AStallAndALackOfMemoryAreFailuresAndNamedWhenTheyWereTheLast) {
  const RetryPolicy policy;
  for (const Ending ending : {Ending::stalled, Ending::out_of_memory}) {
    EXPECT_EQ(after(ending, 0, policy).state, JobState::waiting);
    EXPECT_GT(after(ending, 0, policy).backoff, Duration::zero());
    EXPECT_EQ(after(ending, 2, policy).state, JobState::dead);
    EXPECT_EQ(after(ending, 2, policy).reason, to_text(ending));
  }
}

TEST(ConsequenceTest, FailuresBackOffLongerEachTimeUntilTheLimitSetsTheJobAside) {
  RetryPolicy policy;
  policy.failures_max = 4;
  EXPECT_EQ(after(Ending::failed, 0, policy).backoff, 30s);
  EXPECT_EQ(after(Ending::failed, 1, policy).backoff, 300s);
  EXPECT_EQ(after(Ending::failed, 2, policy).backoff, 30min);
  EXPECT_EQ(after(Ending::failed, 2, policy).state, JobState::waiting);
  EXPECT_EQ(after(Ending::failed, 3, policy).state, JobState::dead);
  EXPECT_EQ(after(Ending::failed, 3, policy).reason, "failed");
}

TEST(ConsequenceTest, BackoffNeverExceedsItsBoundHoweverOftenAJobFailed) {
  RetryPolicy policy;
  policy.failures_max = 1'000'000;
  for (std::uint32_t failures = 0; failures < 999'999; failures += 33'331) {
    const Consequence consequence = after(Ending::failed, failures, policy);
    EXPECT_EQ(consequence.state, JobState::waiting);
    EXPECT_GE(consequence.backoff, policy.backoff_first);
    EXPECT_LE(consequence.backoff, policy.backoff_max);
  }
}

TEST(ConsequenceTest, ALimitOfOneSetsAsideAtTheFirstFailure) {
  RetryPolicy policy;
  policy.failures_max = 1;
  EXPECT_EQ(after(Ending::failed, 0, policy).state, JobState::dead);
}

}  // namespace
}  // namespace holdfast
