// Running ended jobs again: broken off at any step and repeated, each is there once, in one new
// epoch, and never without its message.
#include "operate/rerun.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_letters.h"
#include "fakes/memory_store.h"
#include "joblog/job_log.h"

namespace holdfast {
namespace {

class RerunTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  static JobId id(const std::string& text) { return *JobId::parse(text); }
  static std::string body(const std::string& job) { return R"({"job_id":")" + job + R"("})"; }

  void append(const std::string& job, const JobLog::Step& step) {
    JobLog log(memory_, clock_, id(job));
    log.read(kSoon);
    ASSERT_EQ(log.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  Record newest(const std::string& job) { return *JobLog(memory_, clock_, id(job)).read(kSoon); }
  void claim(const std::string& job) {
    append(job, [&](const auto& before) {
      Record record = claimed(before, {"id-" + job, "pc-1", "m1"});
      if (!before) record.job = body(job);
      return record;
    });
  }
  void checkpoint(const std::string& job) {
    append(job, [](const auto& before) {
      return checkpointed(*before, {{1}, {1}, std::string(64, 'a'), 10}, {}, 2);
    });
  }
  void complete(const std::string& job) {
    claim(job);
    append(job, [](const auto& before) {
      return completed(*before, std::string(64, 'b'), {},
                       {before->attempt, Ending::finished, "pc-1", "finished", ""});
    });
  }
  void die(const std::string& job) {
    claim(job);
    checkpoint(job);
    append(job, [](const auto& before) {
      return dead(*before, "failed", {before->attempt, Ending::failed, "pc-1", "exit code 1", ""});
    });
    put_letter(job);
  }
  void put_letter(const std::string& job) {
    const std::string attempts = std::to_string(newest(job).attempt.value);
    queues_.letters.push_back(
        {body(job), job, {{"holdfast-reason", "failed"}, {"holdfast-attempts", attempts}}, true});
  }

  RerunSummary again(const std::vector<std::string>& jobs, StartFrom from = StartFrom::zero) {
    MemoryLetters letters(queues_);
    MemoryPublisher publisher(queues_);
    std::vector<JobId> ids;
    for (const std::string& job : jobs) ids.push_back(id(job));
    news_.clear();
    return rerun({letters, publisher, store_, clock_},
                 {from, "ann@desk",
                  [this](const RerunNews& news) {
                    news_.push_back(news);
                    if (told_) told_();
                  },
                  [] { return false; }, [this] { return std::to_string(++salt_); }},
                 ids);
  }

  std::size_t messages_of(const std::string& job) const {
    return static_cast<std::size_t>(
        std::count_if(queues_.published.begin(), queues_.published.end(),
                      [&](const Message& message) { return message.body == body(job); }));
  }

  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  MemoryQueues queues_;
  std::vector<RerunNews> news_;
  std::function<void()> told_;
  int salt_ = 0;
};

TEST_F(RerunTest, ACompletedJobStartsAnewAndItsResultIsStillNamed) {
  complete("a");
  EXPECT_EQ(again({"a"}).requeued, 1u);
  const Record record = newest("a");
  EXPECT_EQ(record.state, JobState::waiting);
  EXPECT_EQ(record.by, "ann@desk");
  EXPECT_EQ(record.epoch.number, 2u);
  EXPECT_EQ(record.epoch.first_attempt.value, 2u);
  EXPECT_EQ(result_of(record), (ResultRef{{1}, std::string(64, 'b')}));
  EXPECT_TRUE(record.endings.empty());
  ASSERT_EQ(messages_of("a"), 1u);
  EXPECT_NE(queues_.published[0].message_id, "a") << "not to be taken for the first one";
  claim("a");
  EXPECT_EQ(newest("a").attempt.value, 2u) << "the fencing token only grows";
}

TEST_F(RerunTest, ADeadJobStartsFromZeroOrFromItsCheckpointAndItsLetterGoes) {
  die("a");
  die("b");
  EXPECT_EQ(again({"a"}).requeued, 1u);
  EXPECT_TRUE(newest("a").checkpoints.empty());
  EXPECT_EQ(newest("a").generation.value, 0u);
  EXPECT_EQ(again({"b"}, StartFrom::newest_checkpoint).requeued, 1u);
  EXPECT_EQ(newest("b").generation.value, 1u);
  EXPECT_EQ(newest("b").failures_since_progress, 0u);
  EXPECT_TRUE(queues_.letters.empty());
}

// Its message is with a worker before the command looks for letters.
TEST_F(RerunTest, TheLetterOfAJobThatIsDeadAgainStays) {
  die("a");
  told_ = [this] { die("a"); };
  EXPECT_EQ(again({"a"}).requeued, 1u);
  EXPECT_EQ(newest("a").state, JobState::dead);
  ASSERT_EQ(queues_.letters.size(), 1u);
  EXPECT_EQ(queues_.letters.front().headers.back().second, "2") << "the one of its second attempt";
}

TEST_F(RerunTest, WhatGoesOnOrIsUnknownIsLeftAlone) {
  claim("runs");
  claim("waits");
  append("waits", [](const auto& before) {
    return handed_back(*before, {before->attempt, Ending::interrupted, "pc-1", "", ""});
  });
  append("cancelled", [](const auto& before) { return cancelled(before, "ann", ""); });
  complete("done");
  EXPECT_EQ(again({"runs", "waits", "nobody", "cancelled"}).left_alone, 4u);
  EXPECT_EQ(news_.at(0).outcome, Rerun::goes_on);
  EXPECT_EQ(news_.at(0).was, "running");
  EXPECT_EQ(news_.at(1).was, "waiting");
  EXPECT_EQ(news_.at(2).outcome, Rerun::never_claimed);
  EXPECT_EQ(news_.at(3).outcome, Rerun::without_message);
  EXPECT_EQ(newest("cancelled").state, JobState::cancelled);
  EXPECT_EQ(again({"done"}, StartFrom::newest_checkpoint).left_alone, 1u);
  EXPECT_EQ(news_.at(0).outcome, Rerun::no_checkpoint);
  EXPECT_TRUE(queues_.published.empty());
}

TEST_F(RerunTest, ADamagedLogDoesNotHoldUpOthers) {
  memory_.damage(StoreLayout(id("a")).record(1), "no record");
  complete("b");
  const RerunSummary summary = again({"a", "b"});
  EXPECT_EQ(summary.requeued, 1u);
  EXPECT_EQ(summary.left_alone, 1u);
  EXPECT_EQ(news_.at(0).outcome, Rerun::damaged);
}

TEST_F(RerunTest, OneThatFailsInItsSecondEpochStillHasTheResultOfTheFirst) {
  complete("a");
  again({"a"});
  die("a");
  EXPECT_EQ(result_of(newest("a")), (ResultRef{{1}, std::string(64, 'b')}));
  again({"a"});
  EXPECT_EQ(newest("a").epoch.number, 3u);
  EXPECT_EQ(result_of(newest("a")), (ResultRef{{1}, std::string(64, 'b')}));
  complete("a");
  EXPECT_EQ(result_of(newest("a")), (ResultRef{{3}, std::string(64, 'b')}));
}

class RerunBrokenOffTest : public RerunTest {
 protected:
  void start() {
    queues_ = {};
    for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
    complete("a");
    die("b");
  }
  void break_off_and_repeat(std::size_t call) {
    SCOPED_TRACE("call " + std::to_string(call));
    EXPECT_THROW(again({"a", "b"}), Error);
    for (const char* job : {"a", "b"}) {
      // A worker that still reads how it ended acknowledges the message, and the job waits for
      // ever.
      const bool said = newest(job).epoch.number == 2;
      EXPECT_TRUE(said || messages_of(job) == 0) << job << ": a message before the log says why";
    }
    EXPECT_EQ(again({"a", "b"}).requeued, 2u);
    for (const char* job : {"a", "b"}) {
      EXPECT_EQ(newest(job).state, JobState::waiting);
      EXPECT_EQ(newest(job).epoch.number, 2u) << "it was started anew more than once";
      EXPECT_GE(messages_of(job), 1u) << job;
    }
    EXPECT_TRUE(queues_.letters.empty());
  }
};

// For each job: list, read, the kept message, append.
TEST_F(RerunBrokenOffTest, AtTheStoreItCanBeRepeated) {
  for (std::size_t call = 0; call < 8; ++call) {
    for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
      start();
      store_.plan(call, fault);
      break_off_and_repeat(call);
    }
  }
}

// Two messages sent, their confirms, one letter removed.
TEST_F(RerunBrokenOffTest, AtTheQueuesItCanBeRepeated) {
  for (std::size_t call = 0; call < 4; ++call) {
    for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
      start();
      queues_.calls_left = call;
      queues_.fault = fault;
      break_off_and_repeat(call);
    }
  }
}

}  // namespace
}  // namespace holdfast
