// What each step of a log carries over, what it resets, and that a record never outgrows its bound.
#include "core/transition.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "core/step_back.h"

namespace holdfast {
namespace {

const Claimant kFirst{"id-1", "pc-1", "m1"};
const Claimant kSecond{"id-2", "pc-2", "m2"};

EndingNote note(Ending ending, std::uint64_t attempt = 1) {
  return {{attempt}, ending, "pc-1", "a detail", "2026-01-31T23:59:59Z"};
}

CheckpointRef checkpoint(std::uint64_t generation, std::uint64_t attempt = 1) {
  return {{generation}, {attempt}, std::string(64, 'a'), 10};
}

// A running job with a history worth carrying over.
Record running() {
  Record record = claimed(std::nullopt, kFirst);
  record.number = 1;
  record.failures_since_progress = 2;
  record.attempts_since_progress = 4;
  record.progress.step = 7;
  record.endings = {note(Ending::failed)};
  record.job = R"({"job_id":"a"})";
  return record;
}

TEST(TransitionTest, TheFirstClaimBeginsTheLog) {
  const Record record = claimed(std::nullopt, kFirst);
  EXPECT_EQ(record.kind, RecordKind::claimed);
  EXPECT_EQ(record.state, JobState::running);
  EXPECT_EQ(record.attempt.value, 1u);
  EXPECT_EQ(record.attempt_id, "id-1");
  EXPECT_EQ(record.worker, "pc-1");
  EXPECT_EQ(record.message_id, "m1");
  EXPECT_EQ(record.attempts_since_progress, 1u);
  EXPECT_EQ(record.generation.value, 0u);
  EXPECT_TRUE(record.endings.empty());
}

TEST(TransitionTest, AClaimTakesTheNextNumberAndKeepsWhatTheJobHasReached) {
  Progress further;
  further.ran_seconds = 60;
  Record before = checkpointed(running(), checkpoint(1), further, 2);
  before = handed_back(before, note(Ending::failed));
  const Record next = claimed(before, kSecond);
  EXPECT_EQ(next.attempt.value, 2u);
  EXPECT_EQ(next.attempt_id, "id-2");
  EXPECT_EQ(next.worker, "pc-2");
  EXPECT_EQ(next.message_id, "m2");
  EXPECT_EQ(next.checkpoints, before.checkpoints);
  EXPECT_EQ(next.generation, before.generation);
  EXPECT_EQ(next.failures_since_progress, 1u);
  EXPECT_EQ(next.attempts_since_progress, 1u);
  EXPECT_TRUE(next.job.empty());
  EXPECT_EQ(next.endings.size(), before.endings.size());
}

TEST(TransitionTest, AClaimOverARunningAttemptNotesThatItWasLostAndCountsNoFailure) {
  const Record before = running();
  const Record next = claimed(before, kSecond);
  ASSERT_EQ(next.endings.size(), 2u);
  EXPECT_EQ(next.endings.back().ending, Ending::lost);
  EXPECT_EQ(next.endings.back().attempt.value, 1u);
  EXPECT_EQ(next.endings.back().worker, "pc-1");
  EXPECT_EQ(next.failures_since_progress, before.failures_since_progress);
}

TEST(TransitionTest, AQuestionIsNoSignOfLifeAndChangesNothingElse) {
  const Record before = running();
  const Record question = asked(before, "pc-9");
  EXPECT_EQ(question.signs_of_life, before.signs_of_life);
  EXPECT_EQ(question.asker, "pc-9");
  EXPECT_EQ(question.state, JobState::running);
  EXPECT_EQ(question.attempt_id, before.attempt_id);
  EXPECT_EQ(question.attempts_since_progress, before.attempts_since_progress);
}

TEST(TransitionTest, EverythingThatAnOwnerWritesIsASignOfLifeAndEndsTheQuestion) {
  const Record question = asked(running(), "pc-9");
  for (const Record& next :
       {answered(question), checkpointed(question, checkpoint(1), {}, 2),
        handed_back(question, note(Ending::interrupted)),
        completed(question, std::string(64, 'b'), {}, note(Ending::finished)),
        dead(question, "refused", note(Ending::refused)), claimed(question, kSecond)}) {
    EXPECT_EQ(next.signs_of_life, question.signs_of_life + 1) << to_text(next.kind);
    EXPECT_TRUE(next.asker.empty()) << to_text(next.kind);
  }
}

TEST(TransitionTest, ACheckpointWipesOutFailuresAndAttempts) {
  Progress progress;
  progress.step = 8;
  const Record next = checkpointed(running(), checkpoint(1), progress, 2);
  EXPECT_EQ(next.failures_since_progress, 0u);
  EXPECT_EQ(next.attempts_since_progress, 0u);
  EXPECT_EQ(next.progress.step, 8u);
  EXPECT_EQ(next.state, JobState::running);
  EXPECT_EQ(next.endings.size(), 1u);
}

// A checkpoint by the clock: content changed, nothing was reported.
Record by_the_clock(const Record& before, std::uint64_t ran_seconds) {
  Progress progress;
  progress.ran_seconds = ran_seconds;
  return checkpointed(before, checkpoint(before.generation.value + 1), progress, 2);
}

TEST(TransitionTest, ACheckpointByTheClockIsProgressOnlyOfAnAttemptThatGotFurther) {
  Record before = running();
  before.endings.back().ran_seconds = 120;
  EXPECT_EQ(by_the_clock(before, 60).failures_since_progress, 2u);
  EXPECT_EQ(by_the_clock(before, 121).failures_since_progress, 2u);  // The same crash, a bit later.
  EXPECT_EQ(by_the_clock(before, 150).failures_since_progress, 0u);
  // An interruption says nothing about how far a job can get.
  before.endings.push_back({{2}, Ending::interrupted, "pc-1", "drained", "", 900});
  EXPECT_EQ(by_the_clock(before, 150).failures_since_progress, 0u);
  EXPECT_EQ(by_the_clock(before, 60).failures_since_progress, 2u);
}

TEST(TransitionTest, AMachineThatGoesAfterALongRunIsNotHeldAgainstAJobThatChangesItsFiles) {
  Record before = running();
  before.endings.back() = {{1}, Ending::lost, "pc-1", "vanished", "", 24 * 3600};
  EXPECT_EQ(by_the_clock(before, 300).attempts_since_progress, before.attempts_since_progress);
  EXPECT_EQ(by_the_clock(before, 24 * 3600).attempts_since_progress, 0u);
  EXPECT_EQ(by_the_clock(before, 24 * 3600).failures_since_progress, 2u);
}

TEST(TransitionTest, WhatATaskReportsIsProgressOnlyIfItRises) {
  Record before = running();
  before.endings.back().ran_seconds = 1000;
  before.reached.step = 7;
  Progress progress;
  progress.step = 7;
  EXPECT_EQ(checkpointed(before, checkpoint(1), progress, 2).failures_since_progress, 2u);
  EXPECT_EQ(reported(before, progress).failures_since_progress, 2u);
  progress.step = 8;
  EXPECT_EQ(checkpointed(before, checkpoint(1), progress, 2).failures_since_progress, 0u);
  const Record risen = reported(before, progress);
  EXPECT_EQ(risen.failures_since_progress, 0u);
  EXPECT_EQ(reported(risen, progress).reached.step, 8u);
  progress = {};
  progress.fraction = 0.25;
  EXPECT_EQ(reported(before, progress).failures_since_progress, 0u);
}

TEST(TransitionTest, ACheckpointOfTheTasksOwnIsProgress) {
  Record before = running();
  before.endings.back().ran_seconds = 1000;
  const Record next = checkpointed(before, checkpoint(1), {}, 2, {true, {}});
  EXPECT_EQ(next.failures_since_progress, 0u);
  EXPECT_EQ(next.step_back.stage, StepBack::Stage::newest);
}

TEST(TransitionTest, WhatAnAttemptSteppedOverDoesNotPushOutWhatItResumedFrom) {
  Record record = claimed(std::nullopt, kFirst);
  for (std::uint64_t generation = 1; generation <= 2; ++generation) {
    record = checkpointed(record, checkpoint(generation), {}, 2);
  }
  record = claimed(record, kSecond);  // Generation 2 is damaged: it resumed from 1.
  record = checkpointed(record, checkpoint(3, 2), {}, 2, {false, Generation{1}});
  ASSERT_EQ(record.checkpoints.size(), 2u);
  EXPECT_EQ(record.checkpoints[0].generation.value, 3u);
  EXPECT_EQ(record.checkpoints[1].generation.value, 1u);
  EXPECT_EQ(checkpointed(record, checkpoint(4, 2), {}, 2, {false, Generation{1}})
                .checkpoints[1]
                .generation.value,
            3u);
}

TEST(TransitionTest, OnlyLostAttemptsCountTowardsTheirBound) {
  Record record = claimed(std::nullopt, kFirst);
  for (int i = 0; i < 20; ++i) {
    record = claimed(handed_back(record, note(Ending::interrupted)), kSecond);
    EXPECT_EQ(record.attempts_since_progress, 1u);
  }
  record = claimed(record, kSecond);
  EXPECT_EQ(record.attempts_since_progress, 2u);
  EXPECT_EQ(record.lost_total, 1u);
  record = claimed(handed_back(record, note(Ending::lost)), kSecond);
  EXPECT_EQ(record.attempts_since_progress, 3u);
  EXPECT_EQ(record.lost_total, 2u);
}

TEST(TransitionTest, AllAttemptsCountForTheTimeThatAJobHasRun) {
  Record record = running();
  EndingNote ended = note(Ending::interrupted);
  ended.ran_seconds = 100;
  record = claimed(handed_back(record, ended), kSecond);
  record.progress.ran_seconds = 50;
  record = claimed(record, kSecond);  // Lost.
  EXPECT_EQ(record.ran_total_seconds, 150u);
  EXPECT_EQ(redriven(dead(record, "timed_out", ended), "anna", "").ran_total_seconds, 0u);
}

TEST(TransitionTest, WhenTheFirstCheckpointIsDueTheOnesBeforeSay) {
  Record record = running();
  Progress progress;
  progress.every_milliseconds = 240'000;  // A slow line, whatever the settings say.
  progress.stored_milliseconds = 90'000;
  record = checkpointed(record, {Generation{1}, AttemptNumber{1}, "d", 1}, progress, 1, {});
  const Claimant claimant{"id", "pc", "m", "2026-01-31T12:00:00Z", 60'000};
  record = claimed(handed_back(record, note(Ending::interrupted)), claimant);
  EXPECT_EQ(record.progress.every_milliseconds, 330'000u);
  EXPECT_EQ(record.progress.stored_milliseconds, 0u) << "nothing of this attempt is";
  record = claimed(handed_back(record, note(Ending::interrupted)), claimant);
  EXPECT_EQ(record.progress.every_milliseconds, 60'000u);
}

TEST(TransitionTest, EachAttemptsTimeIsAccountedForOnce) {
  Record record = running();
  EndingNote ended = note(Ending::interrupted);
  ended.spent = {.useful = 100, .restoring = 5};
  record = claimed(handed_back(record, ended), {"id", "pc", "m", "2026-01-31T12:00:00Z", 60'000});
  EXPECT_EQ(record.spent, ended.spent);
  EXPECT_EQ(record.progress.every_milliseconds, 60'000u);
  record.running = {.useful = 40};
  record = claimed(record, {"id", "pc", "m", "2026-01-31T12:00:07Z"});  // Lost.
  EXPECT_EQ(record.spent, (TimeAccount{.useful = 140, .restoring = 5, .lost = 7000}));
  EXPECT_EQ(record.running, TimeAccount{});
  record = cancelled(record, "anna", "2026-01-31T12:00:08Z");
  EXPECT_EQ(record.spent.lost, 8000u);
  EXPECT_EQ(redriven(record, "anna", "").spent, record.spent) << "it was paid all the same";
}

TEST(TransitionTest, CheckpointsStandNewestFirstAndTheOldestGo) {
  Record record = running();
  for (std::uint64_t generation = 1; generation <= 4; ++generation) {
    record = checkpointed(record, checkpoint(generation), {}, 2);
  }
  ASSERT_EQ(record.checkpoints.size(), 2u);
  EXPECT_EQ(record.checkpoints[0].generation.value, 4u);
  EXPECT_EQ(record.checkpoints[1].generation.value, 3u);
  EXPECT_EQ(record.generation.value, 4u);
}

TEST(TransitionTest, TheNewestCheckpointIsKeptHoweverFewAreWished) {
  const Record record = checkpointed(running(), checkpoint(1), {}, 0);
  ASSERT_EQ(record.checkpoints.size(), 1u);  // None would mean: start fresh.
}

TEST(TransitionTest, OnlyAFailureIsHeldAgainstTheJob) {
  for (const Ending ending :
       {Ending::interrupted, Ending::checkpointed, Ending::node_unfit, Ending::lost}) {
    const Record next = handed_back(running(), note(ending));
    EXPECT_EQ(next.failures_since_progress, 2u) << to_text(ending);
    EXPECT_EQ(next.state, JobState::waiting);
  }
  for (const Ending ending : {Ending::failed, Ending::out_of_memory, Ending::stalled}) {
    EXPECT_EQ(handed_back(running(), note(ending)).failures_since_progress, 3u) << to_text(ending);
    EXPECT_EQ(dead(running(), "x", note(ending)).failures_since_progress, 3u) << to_text(ending);
  }
}

TEST(TransitionTest, TheLastEndingsAreKept) {
  Record record = running();
  for (std::uint64_t attempt = 1; attempt <= 9; ++attempt) {
    record = handed_back(record, note(Ending::interrupted, attempt));
  }
  ASSERT_EQ(record.endings.size(), kEndingsKept);
  EXPECT_EQ(record.endings.front().attempt.value, 5u);
  EXPECT_EQ(record.endings.back().attempt.value, 9u);
}

TEST(TransitionTest, OnlyTheOwnAttemptWhileItRunsIsNotSuperseded) {
  const Record ours = running();
  EXPECT_FALSE(supersedes(answered(ours), "id-1"));
  EXPECT_FALSE(supersedes(asked(ours, "pc-9"), "id-1"));
  EXPECT_TRUE(supersedes(claimed(ours, kSecond), "id-1"));
  EXPECT_TRUE(supersedes(handed_back(ours, note(Ending::lost)), "id-1"));
  EXPECT_TRUE(supersedes(dead(ours, "no_progress", note(Ending::lost)), "id-1"));
}

TEST(TransitionTest, AClaimBeginsAnewWhatCountsFromTheAttemptsBeginning) {
  Claimant claimant = kSecond;
  claimant.when = "2026-01-31T12:00:00Z";
  const Record before =
      checkpointed(running(), checkpoint(1), {0.5, {}, "", "2026-01-30T00:00:00Z", 7200}, 2);
  const Record next = claimed(before, claimant);
  EXPECT_EQ(next.progress.fraction, 0.5);
  EXPECT_EQ(next.progress.as_of, "2026-01-31T12:00:00Z");
  EXPECT_EQ(next.progress.ran_seconds, 0u);
  EXPECT_EQ(next.endings.back().ending, Ending::lost);
  EXPECT_EQ(next.endings.back().ran_seconds, 7200u);
}

TEST(TransitionTest, ACancelledJobHasEndedInWhateverStateItWas) {
  const Record before = running();
  const Record waiting = handed_back(before, note(Ending::interrupted));
  for (const Record& from : {before, waiting, asked(before, "pc-9")}) {
    const Record next = cancelled(from, "anna", "2026-01-31T23:59:59Z");
    EXPECT_EQ(next.kind, RecordKind::cancelled);
    EXPECT_EQ(next.state, JobState::cancelled);
    EXPECT_EQ(next.by, "anna");
    EXPECT_EQ(next.endings.back().ending, Ending::cancelled);
    EXPECT_EQ(next.endings.back().detail, "cancelled by anna");
    EXPECT_EQ(next.attempt, from.attempt);
    EXPECT_EQ(next.failures_since_progress, from.failures_since_progress);
    EXPECT_EQ(next.signs_of_life, from.signs_of_life + 1);  // Who waits for the owner sees it.
    EXPECT_TRUE(supersedes(next, "id-1"));                  // So does the owner.
  }
}

TEST(TransitionTest, AJobMayBeCancelledBeforeAnybodyClaimedIt) {
  Record record = cancelled(std::nullopt, "anna", "2026-01-31T23:59:59Z");
  EXPECT_EQ(record.state, JobState::cancelled);
  EXPECT_EQ(record.attempt.value, 0u);
  EXPECT_EQ(record.endings.back().ending, Ending::cancelled);
  record.number = 1;
  EXPECT_EQ(to_json(record_from_json(to_json(record))), to_json(record));
}

TEST(TransitionTest, ARedrivenJobWaitsWithItsCheckpointsAndNothingHeldAgainstIt) {
  Record before =
      dead(checkpointed(running(), checkpoint(1), {}, 2), "failed", note(Ending::failed));
  before.attempts_since_progress = 7;
  const Record next = redriven(before, "anna", "2026-02-01T00:00:00Z");
  EXPECT_EQ(next.kind, RecordKind::redriven);
  EXPECT_EQ(next.state, JobState::waiting);
  EXPECT_EQ(next.by, "anna");
  EXPECT_EQ(next.reason, "");
  EXPECT_EQ(next.failures_since_progress, 0u);
  EXPECT_EQ(next.attempts_since_progress, 0u);
  EXPECT_EQ(next.checkpoints, before.checkpoints);
  EXPECT_EQ(next.generation, before.generation);
  EXPECT_EQ(next.attempt, before.attempt);
  EXPECT_EQ(next.endings.size(), before.endings.size());  // Why it died can still be read.
  EXPECT_EQ(claimed(next, kSecond).by, "");
}

TEST(TransitionTest, AJobThatIsRunAgainIsAsNewButForItsAttemptNumbersItsResultAndItsCost) {
  const EndingNote end = note(Ending::finished);
  Record before = completed(checkpointed(running(), checkpoint(1), {}, 2), std::string(64, 'b'), {},
                            end, /*checkpoints_kept=*/1);
  before.failures_total = before.lost_total = before.deferrals = 3;
  before.ran_total_seconds = 100;
  before.reached.step = 7;
  Record next = rerun(before, StartFrom::zero, "anna", "2026-02-01T00:00:00Z");
  EXPECT_EQ(next.state, JobState::waiting);
  EXPECT_TRUE(is_unclaimed(next));
  EXPECT_EQ(next.attempt, before.attempt);
  EXPECT_EQ(next.epoch.number, 2u);
  EXPECT_EQ(result_of(next), (ResultRef{before.attempt, std::string(64, 'b')}));
  EXPECT_TRUE(next.checkpoints.empty());
  EXPECT_EQ(next.generation.value, 0u);
  EXPECT_EQ(next.failures_total + next.lost_total + next.deferrals, 0u);
  EXPECT_EQ(next.ran_total_seconds, 0u);
  EXPECT_FALSE(next.reached.step);
  EXPECT_TRUE(next.endings.empty());
  EXPECT_EQ(next.spent, before.spent) << "it was paid all the same";
  next.number = 9;
  next = record_from_json(to_json(next));
  EXPECT_EQ(next.epoch.first_attempt.value, before.attempt.value + 1);
  const Record kept = rerun(before, StartFrom::newest_checkpoint, "anna", "");
  EXPECT_EQ(kept.checkpoints, before.checkpoints);

  next = claimed(next, kSecond);
  EXPECT_FALSE(is_unclaimed(next));
  EXPECT_EQ(next.attempt.value, before.attempt.value + 1);
  EXPECT_EQ(result_of(next), result_of(before)) << "until it completes again";
  EXPECT_EQ(result_of(dead(next, "failed", note(Ending::failed))), result_of(before));
  const Record again = completed(next, std::string(64, 'c'), {}, end);
  EXPECT_EQ(result_of(again), (ResultRef{next.attempt, std::string(64, 'c')}));
  EXPECT_EQ(again.epoch.number, 2u);
  EXPECT_FALSE(result_of(running()));
}

TEST(TransitionTest, ARedrivenJobMayResumeFromAnOlderCheckpoint) {
  Record record = running();
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    record = checkpointed(record, checkpoint(generation), {}, 3);
  }
  record = redriven(dead(record, "failed", note(Ending::failed)), "anna", "", Generation{2});
  EXPECT_EQ(resume_order(record).front().generation.value, 2u);
  record.number = 9;
  record = record_from_json(to_json(record));
  EXPECT_EQ(record.step_back.resume_from.value, 2u);
  // Its own checkpoints are newer than all, and what it stepped over is gone.
  record = checkpointed(claimed(record, kSecond), checkpoint(4, 2), {}, 3, {false, Generation{2}});
  EXPECT_EQ(resume_order(record).front().generation.value, 4u);
  EXPECT_EQ(record.checkpoints[1].generation.value, 2u);
}

// Text of one kind of character, so that each way of growing in JSON is met.
std::string text_of(std::string_view character, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += character;
  return text;
}

TEST(RecordBoundTest, NoHistoryOfLongWordsMakesARecordTooLarge) {
  for (const std::string_view character : {"x", "\x01", "\"", "\\", "\xff", "\xc3\xa9", "\x7f"}) {
    for (const std::size_t kept : {std::size_t{2}, std::size_t{1000}}) {
      const Claimant claimant{text_of("f", 16), text_of(character, 100), text_of(character, 255),
                              "2026-01-31T23:59:59Z"};
      const EndingNote long_note{{kRetainedMax},           Ending::unrestorable,
                                 text_of(character, 1000), text_of(character, 100'000),
                                 "2026-01-31T23:59:59Z",   1ull << 40};
      Progress progress{0.12345678901234567, 1ull << 52, text_of(character, 10'000),
                        "2026-01-31T23:59:59Z", 1ull << 40};
      Record record = claimed(std::nullopt, claimant);
      record.job = text_of("\"", kInlineJobBytesMax);
      record.number = record.attempt.value = record.signs_of_life = 1'000'000'000'000;
      record.when = "2026-01-31T23:59:59Z";
      const auto expect_small = [&](const Record& next) {
        const std::string json = to_json(next);
        EXPECT_LE(json.size(), kRecordBytesMax) << to_text(next.kind) << " of " << character;
        EXPECT_EQ(to_json(record_from_json(json)), json);
      };
      expect_small(record);
      record.job.clear();
      record.epoch = {1'000'000'000'000,
                      {1'000'000'000'000},
                      ResultRef{{1'000'000'000'000}, std::string(64, 'a')}};
      for (std::uint64_t i = 1; i <= 20; ++i) {
        const std::uint64_t generation = 1'000'000'000'000 + i;
        record = checkpointed(
            record, {{generation}, {generation}, std::string(64, 'a'), 1ull << 50}, progress, kept);
        expect_small(record);
        record = handed_back(record, long_note);
        expect_small(record);
        record = claimed(record, claimant);
        expect_small(record);
        record = asked(record, text_of(character, 1000));
        expect_small(record);
        record = answered(record);
        expect_small(record);
        expect_small(dead(record, text_of(character, 1000), long_note));
        expect_small(completed(record, std::string(64, 'b'), progress, long_note));
        expect_small(cancelled(record, text_of(character, 1000), "2026-01-31T23:59:59Z"));
        expect_small(rerun(cancelled(record, "", ""), StartFrom::newest_checkpoint,
                           text_of(character, 1000), "2026-01-31T23:59:59Z"));
        expect_small(redriven(dead(record, text_of(character, 1000), long_note),
                              text_of(character, 1000), "2026-01-31T23:59:59Z"));
      }
      EXPECT_FALSE(record.endings.empty());
      EXPECT_FALSE(record.checkpoints.empty());
    }
  }
}

}  // namespace
}  // namespace holdfast
