// A cancellation is one append that nobody can take back, in whatever state it meets the job.
#include "operate/cancel.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "core/log_segment.h"
#include "core/transition.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "joblog/job_log.h"

namespace holdfast {
namespace {

class CancelTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  void append(const JobLog::Step& step) {
    log_.read(kSoon);
    ASSERT_EQ(log_.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  void claim() {
    append([](const auto& before) { return claimed(before, {"id-1", "pc-1", "m1"}); });
  }
  Cancellation cancel() { return cancel_job(store_, clock_, id_, "ann@desk"); }
  Record newest() { return *log_.read(kSoon); }

  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  const JobId id_ = *JobId::parse("a");
  JobLog log_{memory_, clock_, id_};
  const EndingNote note_{{1}, Ending::failed, "pc-1", "exit code 1", ""};
};

TEST_F(CancelTest, AJobThatNobodyHasSeenYetIsCancelledBeforeItsFirstAttempt) {
  const Cancellation result = cancel();
  EXPECT_TRUE(result.cancelled_now);
  EXPECT_FALSE(result.before.has_value());
  EXPECT_EQ(newest().state, JobState::cancelled);
  EXPECT_EQ(newest().by, "ann@desk");
  EXPECT_EQ(newest().attempt.value, 0u);
}

TEST_F(CancelTest, AJobThatRunsIsCancelledAndItsOwnerSuperseded) {
  claim();
  const Cancellation result = cancel();
  EXPECT_TRUE(result.cancelled_now);
  EXPECT_EQ(result.before->worker, "pc-1");
  EXPECT_TRUE(supersedes(newest(), "id-1"));
}

TEST_F(CancelTest, AJobThatWaitsIsCancelled) {
  claim();
  append([&](const auto& before) { return handed_back(*before, note_); });
  EXPECT_TRUE(cancel().cancelled_now);
  EXPECT_EQ(newest().state, JobState::cancelled);
}

TEST_F(CancelTest, WhatHasEndedStaysAsItEnded) {
  claim();
  append([&](const auto& before) { return dead(*before, "failed", note_); });
  const Cancellation result = cancel();
  EXPECT_FALSE(result.cancelled_now);
  EXPECT_EQ(result.before->state, JobState::dead);
  EXPECT_EQ(newest().number, 2u);
}

TEST_F(CancelTest, CancelledTwiceItSaysByWhomItWasTheFirstTime) {
  EXPECT_TRUE(cancel().cancelled_now);
  const Cancellation again = cancel_job(store_, clock_, id_, "bob@desk");
  EXPECT_FALSE(again.cancelled_now);
  EXPECT_EQ(again.before->by, "ann@desk");
}

TEST_F(CancelTest, AnOwnerThatIsFirstToAppendIsCancelledAllTheSame) {
  claim();
  int checkpoints = 0;
  store_.before_write = [&](const std::string&) {
    if (checkpoints == 3) return;
    checkpoints += 1;
    append([&](const auto& before) {
      const auto generation = before->generation.value + 1;
      return checkpointed(*before, {{generation}, {1}, std::string(64, 'a'), 1}, {}, 2);
    });
  };
  const Cancellation result = cancel();
  EXPECT_TRUE(result.cancelled_now);
  EXPECT_EQ(result.before->generation.value, 3u);
  EXPECT_EQ(newest().state, JobState::cancelled);
}

TEST_F(CancelTest, AnOwnerThatCompletesFirstKeepsItsResult) {
  claim();
  bool completes = true;
  store_.before_write = [&](const std::string&) {
    if (!std::exchange(completes, false)) return;
    append([&](const auto& before) {
      return completed(*before, std::string(64, 'b'), {}, {{1}, Ending::finished, "pc-1", "", ""});
    });
  };
  const Cancellation result = cancel();
  EXPECT_FALSE(result.cancelled_now);
  EXPECT_EQ(result.before->state, JobState::completed);
  EXPECT_EQ(newest().state, JobState::completed);
}

TEST_F(CancelTest, TheEndOfTheOutputSaysThatTheProgramIsGone) {
  claim();
  const Cancellation result = cancel();
  EXPECT_FALSE(stopped_since(store_, clock_, id_, result));
  // Another attempt's, whose number begins the same.
  const StoreLayout layout(id_);
  const auto put = [&](AttemptNumber attempt, const LogSegment& segment) {
    const std::string object = to_object(segment);
    memory_.put(layout.log_segment(attempt, segment.first), object, sha256(object), kSoon);
  };
  put({12}, {0, "x", {}, true});
  EXPECT_FALSE(stopped_since(store_, clock_, id_, result));
  put({1}, {0, "x"});
  EXPECT_FALSE(stopped_since(store_, clock_, id_, result));
  put({1}, {1, "", {}, true});
  EXPECT_TRUE(stopped_since(store_, clock_, id_, result));
}

TEST_F(CancelTest, TheOutputThatAnEarlierVersionStoredSaysSoToo) {
  claim();
  const Cancellation result = cancel();
  const StoreLayout layout(id_);
  memory_.put(layout.old_log_so_far({1}), "x", sha256("x"), kSoon);
  EXPECT_FALSE(stopped_since(store_, clock_, id_, result));
  memory_.put(layout.old_log({1}), "", sha256(""), kSoon);
  EXPECT_TRUE(stopped_since(store_, clock_, id_, result));
}

}  // namespace
}  // namespace holdfast
