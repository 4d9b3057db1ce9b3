// Bringing dead jobs back: broken off at any step and repeated, every job is back, none is lost and
// none of their letters stays.
#include "operate/redrive.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/transition.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_letters.h"
#include "fakes/memory_store.h"
#include "joblog/job_log.h"

namespace holdfast {
namespace {

class RedriveTest : public testing::Test {
 protected:
  static constexpr TimePoint kSoon{std::chrono::hours(2)};

  static std::string body(const std::string& id) { return R"({"job_id":")" + id + R"("})"; }

  void append(const std::string& id, const JobLog::Step& step) {
    JobLog log(memory_, clock_, *JobId::parse(id));
    log.read(kSoon);
    ASSERT_EQ(log.append_as_claimant(step, kSoon), AppendOutcome::appended);
  }
  Record newest(const std::string& id) {
    return *JobLog(memory_, clock_, *JobId::parse(id)).read(kSoon);
  }
  void claim(const std::string& id) {
    append(id, [&](const auto& before) {
      Record record = claimed(before, {"id-" + id, "pc-1", "m1"});
      if (!before) record.job = body(id);
      return record;
    });
  }
  // A job that made a checkpoint, failed too often and lies among the dead letters.
  void die(const std::string& id) {
    claim(id);
    append(id, [](const auto& before) {
      return checkpointed(*before, {{1}, {1}, std::string(64, 'a'), 10}, {}, 2);
    });
    append(id, [](const auto& before) {
      return dead(*before, "failed", {before->attempt, Ending::failed, "pc-1", "exit code 1", ""});
    });
    add_letter(id, "failed");
  }
  void complete(const std::string& id) {
    claim(id);
    append(id, [](const auto& before) {
      return completed(*before, std::string(64, 'b'), {},
                       {before->attempt, Ending::finished, "pc-1", "finished", ""});
    });
  }
  void add_letter(const std::string& id, const std::string& reason) {
    queues_.letters.push_back({body(id), id, {{"holdfast-reason", reason}}, true});
  }

  RedriveSummary bring_back(const DeadLetterChoice& choice,
                            CancelledJobs cancelled = CancelledJobs::stay) {
    MemoryLetters letters(queues_);
    MemoryPublisher publisher(queues_);
    news_.clear();
    return redrive({letters, publisher, store_, clock_},
                   {choice,
                    cancelled,
                    {},
                    "ann@desk",
                    [this](const RedriveNews& news) { news_.push_back(news); },
                    [] { return false; }});
  }
  static DeadLetterChoice all() { return {true, {}, {}}; }
  static DeadLetterChoice named(const std::string& name) { return {false, {}, {name}}; }

  std::vector<std::string> published_ids() const {
    std::vector<std::string> ids;
    for (const Message& message : queues_.published) ids.push_back(message.message_id);
    return ids;
  }

  const ManualClock clock_;
  MemoryStore memory_;
  FaultyStore store_{memory_};
  MemoryQueues queues_;
  std::vector<RedriveNews> news_;
};

using Ids = std::vector<std::string>;

TEST_F(RedriveTest, ADeadJobGoesOnFromItsCheckpointWithNothingHeldAgainstIt) {
  die("a");
  EXPECT_EQ(bring_back(all()).requeued, 1u);
  const Record record = newest("a");
  EXPECT_EQ(record.kind, RecordKind::redriven);
  EXPECT_EQ(record.state, JobState::waiting);
  EXPECT_EQ(record.by, "ann@desk");
  EXPECT_EQ(record.failures_since_progress, 0u);
  EXPECT_EQ(record.generation.value, 1u);
  ASSERT_EQ(record.checkpoints.size(), 1u);
  ASSERT_EQ(published_ids(), Ids{"a"});
  EXPECT_EQ(queues_.published[0].destination, Destination::queue);
  EXPECT_EQ(queues_.published[0].body, body("a"));
  EXPECT_TRUE(queues_.published[0].headers.empty()) << "why it died does not travel on";
  EXPECT_TRUE(queues_.letters.empty());
}

// Each job takes three calls at the store (list, read, append) and three at the queues (send,
// confirm, remove).
class BrokenOffTest : public RedriveTest, public testing::WithParamInterface<std::size_t> {
 protected:
  bool has_letter(const std::string& id) const {
    return std::any_of(queues_.letters.begin(), queues_.letters.end(),
                       [&](const DeadLetter& letter) { return letter.message_id == id; });
  }
  bool was_published(const std::string& id) const {
    const Ids ids = published_ids();
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

  void break_off_and_repeat() {
    EXPECT_THROW(bring_back(all()), Error);
    // Nothing is lost in between: what is not in the queue again has its letter still.
    for (const char* id : {"a", "b"}) EXPECT_TRUE(has_letter(id) || was_published(id)) << id;
    bring_back(all());
    for (const char* id : {"a", "b"}) {
      EXPECT_EQ(newest(id).state, JobState::waiting);
      EXPECT_EQ(newest(id).failures_since_progress, 0u);
      EXPECT_TRUE(was_published(id)) << id;
      EXPECT_EQ(newest(id).number, 4u) << "it was brought back more than once";
    }
    EXPECT_TRUE(queues_.letters.empty());
  }
};

TEST_P(BrokenOffTest, AtTheStoreItCanBeRepeated) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    queues_ = {};
    for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
    die("a");
    die("b");
    store_.plan(GetParam(), fault);
    break_off_and_repeat();
  }
}

TEST_P(BrokenOffTest, AtTheQueuesItCanBeRepeated) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    queues_ = {};
    for (const std::string& key : memory_.keys()) memory_.remove(key, kSoon);
    die("a");
    die("b");
    queues_.calls_left = GetParam();
    queues_.fault = fault;
    break_off_and_repeat();
  }
}

INSTANTIATE_TEST_SUITE_P(EveryCall, BrokenOffTest, testing::Range<std::size_t>(0, 6));

TEST_F(RedriveTest, OnlyThoseThatAreMeantComeBack) {
  die("a");
  die("b");
  add_letter("c", "refused");
  EXPECT_EQ(bring_back(named("b")).requeued, 1u);
  EXPECT_EQ(published_ids(), Ids{"b"});
  EXPECT_EQ(bring_back({false, "refused", {}}).requeued, 1u);
  EXPECT_EQ(published_ids(), (Ids{"b", "c"}));
  ASSERT_EQ(queues_.letters.size(), 1u);
  EXPECT_EQ(queues_.letters[0].message_id, "a");
  EXPECT_EQ(newest("a").state, JobState::dead);
}

TEST_F(RedriveTest, AJobThatIsCompletedIsNotPublishedAndItsLetterGoes) {
  complete("a");
  add_letter("a", "delivery_limit");
  const RedriveSummary summary = bring_back(all());
  EXPECT_EQ(summary.left_alone, 1u);
  EXPECT_EQ(news_.at(0).outcome, Redriven::completed_already);
  EXPECT_TRUE(queues_.published.empty());
  EXPECT_TRUE(queues_.letters.empty());
}

TEST_F(RedriveTest, ACompletedJobWhoseResultCouldNotBePublishedIsGivenToAWorkerAgain) {
  complete("a");
  add_letter("a", "damaged");
  EXPECT_EQ(bring_back(all()).requeued, 1u);
  EXPECT_EQ(published_ids(), Ids{"a"});
  EXPECT_EQ(newest("a").state, JobState::completed);
}

TEST_F(RedriveTest, AJobThatTheQueueItselfSetAsideIsPublishedWhateverItsLogSays) {
  claim("a");
  add_letter("a", "delivery_limit");
  add_letter("never-claimed", "delivery_limit");
  EXPECT_EQ(bring_back(all()).requeued, 2u);
  EXPECT_EQ(published_ids(), (Ids{"a", "never-claimed"}));
  EXPECT_EQ(newest("a").kind, RecordKind::claimed);
  EXPECT_TRUE(queues_.letters.empty());
}

TEST_F(RedriveTest, ACancelledJobStaysSoUnlessItIsMeantToo) {
  claim("a");
  append("a", [](const auto& before) { return cancelled(before, "ann", ""); });
  add_letter("a", "failed");
  EXPECT_EQ(bring_back(all()).left_alone, 1u);
  EXPECT_EQ(news_.at(0).outcome, Redriven::was_cancelled);
  EXPECT_EQ(queues_.letters.size(), 1u);
  EXPECT_EQ(newest("a").state, JobState::cancelled);
  EXPECT_EQ(bring_back(all(), CancelledJobs::come_back).requeued, 1u);
  EXPECT_EQ(newest("a").state, JobState::waiting);
}

TEST_F(RedriveTest, ADamagedLogKeepsItsLetterAndDoesNotHoldUpOthers) {
  add_letter("a", "damaged");
  memory_.damage(StoreLayout(*JobId::parse("a")).record(1), "no record");
  die("b");
  const RedriveSummary summary = bring_back(all());
  EXPECT_EQ(summary.requeued, 1u);
  EXPECT_EQ(summary.left_alone, 1u);
  EXPECT_EQ(news_.at(0).outcome, Redriven::damaged);
  ASSERT_EQ(queues_.letters.size(), 1u);
  EXPECT_EQ(queues_.letters[0].message_id, "a");
}

TEST_F(RedriveTest, ADamagedJobWithoutALetterDoesNotHoldUpOthersThatAreNamed) {
  memory_.damage(StoreLayout(*JobId::parse("a")).record(1), "no record");
  die("b");
  queues_.letters.clear();
  const RedriveSummary summary = bring_back({false, {}, {"a", "b"}});
  EXPECT_EQ(summary.requeued, 1u);
  EXPECT_EQ(summary.left_alone, 1u);
  EXPECT_TRUE(summary.missing.empty());
  EXPECT_EQ(news_.at(0).outcome, Redriven::damaged);
}

// Nobody keeps its message: it has to be submitted again, and then is no cancelled job any more.
TEST_F(RedriveTest, AJobThatWasCancelledBeforeItsFirstClaimMayRunAgainOnceItIsSubmitted) {
  append("a", [](const auto& before) { return cancelled(before, "ann", ""); });
  EXPECT_EQ(bring_back(named("a")).missing.size(), 1u) << "cancelled jobs stay so";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bring_back(named("a"), CancelledJobs::come_back).left_alone, 1u);
    EXPECT_EQ(news_.at(0).outcome, Redriven::without_message);
    EXPECT_TRUE(queues_.published.empty());
    EXPECT_EQ(newest("a").state, JobState::waiting);
    EXPECT_EQ(newest("a").number, 2u);
  }
  claim("a");
  EXPECT_EQ(newest("a").attempt.value, 1u);
}

TEST_F(RedriveTest, AMessageThatIsNoJobComesBackByItsName) {
  queues_.letters.push_back({"rubbish", "m9", {}, true});
  queues_.letters.push_back({"cut off", "m10", {}, false});
  EXPECT_EQ(bring_back(all()).requeued, 0u);
  EXPECT_EQ(bring_back(named(view_of(queues_.letters[0]).name)).requeued, 1u);
  EXPECT_EQ(published_ids(), Ids{"m9"});
  EXPECT_EQ(bring_back(named(view_of(queues_.letters[0]).name)).left_alone, 1u);
  EXPECT_EQ(queues_.letters.size(), 1u) << "it would come back cut off";
}

TEST_F(RedriveTest, AJobWhoseLetterWasLostComesBackFromTheStore) {
  die("a");
  queues_.letters.clear();
  EXPECT_EQ(bring_back(all()).requeued, 0u) << "nobody asked for it";
  EXPECT_EQ(bring_back(named("a")).requeued, 1u);
  ASSERT_EQ(published_ids(), Ids{"a"});
  EXPECT_EQ(queues_.published[0].body, body("a"));
  EXPECT_EQ(newest("a").state, JobState::waiting);
}

TEST_F(RedriveTest, ALargeJobWhoseLetterWasLostComesBackFromBesideTheLog) {
  die("a");
  queues_.letters.clear();
  const StoreLayout layout(*JobId::parse("a"));
  Record first = record_from_json(*memory_.get(layout.record(1), kRecordBytesMax, kSoon));
  first.job.clear();
  memory_.damage(layout.record(1), to_json(first));
  memory_.damage(layout.job(), R"({"job_id":"a","large":1})");
  EXPECT_EQ(bring_back(named("a")).requeued, 1u);
  EXPECT_EQ(queues_.published.at(0).body, R"({"job_id":"a","large":1})");
}

TEST_F(RedriveTest, BrokenOffWithoutALetterItCanBeRepeated) {
  die("a");
  queues_.letters.clear();
  queues_.calls_left = 0;
  EXPECT_THROW(bring_back(named("a")), Error);
  EXPECT_TRUE(queues_.published.empty());
  EXPECT_EQ(bring_back(named("a")).requeued, 1u);
  EXPECT_EQ(published_ids(), Ids{"a"});
}

TEST_F(RedriveTest, AJobThatDiesAgainAtOnceIsNotBroughtBackForEver) {
  die("a");
  queues_.taken = [this](const Message& message) { add_letter(message.message_id, "refused"); };
  EXPECT_EQ(bring_back(all()).requeued, 1u);
  EXPECT_EQ(published_ids(), Ids{"a"});
  EXPECT_EQ(queues_.letters.size(), 1u);
}

TEST_F(RedriveTest, WhatIsNotDeadIsSaidAndLeftAlone) {
  claim("runs");
  const RedriveSummary summary = bring_back({false, {}, {"runs", "nobody", "message/12345678"}});
  EXPECT_EQ(summary.missing, (std::set<std::string>{"message/12345678", "nobody", "runs"}));
  EXPECT_TRUE(queues_.published.empty());
}

}  // namespace
}  // namespace holdfast
