#include "core/ending.h"

#include <csignal>

#include <gtest/gtest.h>

#include "core/step_back.h"
#include "core/transition.h"

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

TEST(EndingTest, ATaskThatLeavesInOrderWhenAskedToStopHasNotFinishedUnlessItSaysSo) {
  TaskEnd end{0, {}, {}, {}, false};
  EXPECT_EQ(classify(end).ending, Ending::finished);
  for (const auto& [reason, ending] : {std::pair{StopReason::drain, Ending::interrupted},
                                       std::pair{StopReason::time_limit, Ending::timed_out},
                                       std::pair{StopReason::stall, Ending::stalled}}) {
    end.asked_to_stop = reason;
    end.said_finished = false;
    EXPECT_EQ(classify(end).ending, ending) << to_text(reason);
    end.said_finished = true;
    EXPECT_EQ(classify(end).ending, Ending::finished) << to_text(reason);
  }
  // Saying so changes nothing for one that then crashes.
  EXPECT_EQ(classify({139, {}, {}, {}, false, true}).ending, Ending::failed);
}

TEST(EndingTest, WhoAsksToBeTriedAgainIsNotTriedAtOnce) {
  EXPECT_TRUE(classify({75, {}, {}, {}, false, false, 5h}).later);
  EXPECT_TRUE(classify({85, {}, {}, {}, false, false, 2s}).later);
  EXPECT_FALSE(classify({85, {}, {}, {}, false, false, 10s}).later);
  // One that we stopped is no loop: the next worker takes it at once.
  for (const int code : {75, 85}) {
    EXPECT_FALSE(classify({code, {}, StopReason::drain, {}, false, false, 1s}).later) << code;
  }
}

TEST(EndingTest, WhatATaskSaysByItsCodeCountsAlsoAfterItWasAskedToStop) {
  EXPECT_EQ(ending_of(65, {}, true), Ending::refused);
  EXPECT_EQ(ending_of(85, {}, true), Ending::checkpointed);
}

TEST(EndingTest, ALimitIsTheReasonUnlessTheTaskSaidThatItHadFinished) {
  for (const auto& [reason, ending] : {std::pair{StopReason::time_limit, Ending::timed_out},
                                       std::pair{StopReason::stall, Ending::stalled}}) {
    for (const int code : {0, 1, 65, 69, 75, 85, 143}) {
      EXPECT_EQ(classify({code, {}, reason, 90s, false}).ending, ending) << code;
    }
    const EndedHow how = classify({{}, SIGKILL, reason, 90s, true});
    EXPECT_EQ(how.ending, ending);
    EXPECT_NE(how.detail.find("90 s"), std::string::npos) << how.detail;
    EXPECT_EQ(classify({0, {}, reason, 90s, false, true}).ending, Ending::finished);
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

EndingNote note_of(Ending ending) {
  EndingNote note;
  note.attempt = {1};
  note.ending = ending;
  return note;
}

// What follows for a job without checkpoints that has failed so often since its last progress.
Consequence after(Ending ending, std::uint32_t failures_before, const RetryPolicy& policy) {
  Record before;
  before.failures_since_progress = failures_before;
  return consequence_of(ending, before, handed_back(before, note_of(ending)), policy);
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

TEST(ConsequenceTest, AProgramThatReportsProgressAndFailsForEverIsDeadInTheEnd) {
  RetryPolicy policy;
  policy.failures_max = 3;
  Record record = claimed(std::nullopt, {"id", "pc-1", "m"});
  int failures = 0;
  Consequence consequence;
  while (consequence.state == JobState::waiting) {
    ASSERT_LT(failures, 1000);
    Progress progress;
    progress.step = static_cast<std::uint64_t>(failures++);
    const Record before = reported(record, progress);
    const Record after = handed_back(before, note_of(Ending::failed));
    consequence = consequence_of(Ending::failed, before, after, policy);
    record = claimed(after, {"id", "pc-1", "m"});
  }
  EXPECT_EQ(failures, 30);
  EXPECT_EQ(consequence.reason, "failed");
}

TEST(ConsequenceTest, WhoAsksToBeTriedLaterWaitsLongerEachTime) {
  const RetryPolicy policy;
  Record record = claimed(std::nullopt, {"id", "pc-1", "m"});
  std::vector<Duration> waits;
  for (int i = 0; i < 4; ++i) {
    const Record after = handed_back(record, note_of(Ending::interrupted), true);
    waits.push_back(consequence_of(Ending::interrupted, record, after, policy).backoff);
    record = claimed(after, {"id", "pc-1", "m"});
    EXPECT_LT(record.attempts_since_progress, policy.attempts_max);
  }
  EXPECT_EQ(waits, (std::vector<Duration>{30s, 300s, 30min, 30min}));
  // An attempt that does not ask for it begins from the beginning.
  record = claimed(handed_back(record, note_of(Ending::interrupted)), {"id", "pc-1", "m"});
  EXPECT_EQ(record.deferrals, 0u);
}

TEST(ConsequenceTest, AJobIsNotDeadBeforeItHasSteppedBack) {
  RetryPolicy policy;
  policy.failures_max = 2;
  Record record = claimed(std::nullopt, {"id", "pc-1", "m"});
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    record = checkpointed(record, {{generation}, {1}, std::string(64, 'a'), 1}, {}, 3);
  }
  const std::vector<std::uint64_t> expected = {3, 3, 2, 1};  // What each attempt resumes from.
  std::vector<std::uint64_t> resumed;
  for (Consequence consequence; consequence.state == JobState::waiting;) {
    const Generation from = resume_order(record).front().generation;
    resumed.push_back(from.value);
    EndingNote note = note_of(Ending::failed);
    note.resumed = from;
    const Record after = handed_back(record, note);
    consequence = consequence_of(Ending::failed, record, after, policy);
    record = claimed(after, {"id", "pc-1", "m"});
  }
  EXPECT_EQ(resumed, expected);
}

}  // namespace
}  // namespace holdfast
