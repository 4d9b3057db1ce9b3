// Two workers can believe they own the same job: the queue gave it away while one was cut off.
// These tests hold the log to its promise that the older one can no longer change anything, and
// that every record is written once whatever becomes of the answers.
#include "joblog/job_log.h"

#include <gtest/gtest.h>

#include "adapters/local/directory_store.h"
#include "core/transition.h"
#include "fakes/faulty_store.h"
#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "fakes/temporary_folder.h"
#include "fakes/thrown.h"

namespace holdfast {
namespace {

const JobId kJob = *JobId::parse("train-7");

// One worker's view of the log.
class Party {
 public:
  Party(Store& store, const Clock& clock, std::string attempt_id)
      : log(store, clock, kJob), id(std::move(attempt_id)) {}

  AppendOutcome claim() {
    log.read(kSoon);
    return retry_claim();
  }
  // Without reading again, as after an answer that was lost.
  AppendOutcome retry_claim() {
    return log.append_as_claimant(
        [this](const auto& newest) {
          return claimed(newest, {id, "worker-" + id, "m"});
        },
        kSoon);
  }
  AppendOutcome commit(std::uint64_t generation) {
    return log.append_as_owner(
        id,
        [=](const auto& newest) {
          return checkpointed(*newest, {{generation}, newest->attempt, std::string(64, 'a'), 1}, {},
                              2);
        },
        kSoon);
  }
  AppendOutcome ask() {
    return log.append_as_claimant([this](const auto& newest) { return asked(*newest, id); }, kSoon);
  }

  static constexpr TimePoint kSoon{std::chrono::hours(2)};
  JobLog log;
  std::string id;
};

class JobLogTest : public testing::Test {
 protected:
  Party party(const std::string& id) { return Party(faulty_, clock_, id); }

  // What a stranger reads.
  Record truth() {
    JobLog log(memory_, clock_, kJob);
    return *log.read(Party::kSoon);
  }

  ManualClock clock_;
  MemoryStore memory_;
  FaultyStore faulty_{memory_};
};

TEST_F(JobLogTest, AFreshJobHasNoRecord) {
  EXPECT_FALSE(party("a").log.read(Party::kSoon));
}

TEST_F(JobLogTest, AnOlderAttemptCannotCommitOnceANewerOneHasClaimed) {
  Party cut_off = party("a");
  ASSERT_EQ(cut_off.claim(), AppendOutcome::appended);
  ASSERT_EQ(cut_off.commit(1), AppendOutcome::appended);

  Party successor = party("b");
  ASSERT_EQ(successor.claim(), AppendOutcome::appended);
  EXPECT_EQ(cut_off.commit(2), AppendOutcome::superseded);
  EXPECT_EQ(truth().generation.value, 1u);

  EXPECT_EQ(successor.commit(2), AppendOutcome::appended);
  EXPECT_EQ(truth().generation.value, 2u);
  EXPECT_EQ(cut_off.commit(3), AppendOutcome::superseded);
  EXPECT_EQ(truth().number, 4u);
}

TEST_F(JobLogTest, ACommitWhoseAnswerWasLostCanBeRepeated) {
  Party owner = party("a");
  ASSERT_EQ(owner.claim(), AppendOutcome::appended);

  memory_.lose_next_answer();
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(owner.commit(1)); }), ErrorKind::unavailable);

  EXPECT_EQ(owner.commit(1), AppendOutcome::appended);
  EXPECT_EQ(truth().number, 2u);  // Once, not twice.
}

TEST_F(JobLogTest, ACommitRepeatedLaterIsKnownAgainAlthoughItsTimeOfWritingDiffers) {
  Party owner = party("a");
  ASSERT_EQ(owner.claim(), AppendOutcome::appended);
  memory_.lose_next_answer();
  EXPECT_TRUE(kind_thrown_by([&] { static_cast<void>(owner.commit(1)); }));
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(owner.commit(1), AppendOutcome::appended);
  EXPECT_EQ(truth().number, 2u);
}

TEST_F(JobLogTest, AClaimWhoseAnswerWasLostIsNotTakenForSomebodyElses) {
  Party owner = party("a");
  owner.log.read(Party::kSoon);
  memory_.lose_next_answer();
  EXPECT_TRUE(kind_thrown_by([&] { static_cast<void>(owner.retry_claim()); }));
  EXPECT_EQ(owner.retry_claim(), AppendOutcome::appended);
  EXPECT_EQ(truth().attempt.value, 1u);
}

TEST_F(JobLogTest, OfTwoClaimantsWhoReadTheSameOneWins) {
  Party first = party("a");
  Party second = party("b");
  first.log.read(Party::kSoon);
  second.log.read(Party::kSoon);
  EXPECT_EQ(first.retry_claim(), AppendOutcome::appended);
  EXPECT_EQ(second.retry_claim(), AppendOutcome::superseded);
  EXPECT_EQ(second.log.newest()->attempt_id, "a");
  EXPECT_EQ(truth().number, 1u);
}

TEST_F(JobLogTest, AClaimGoesOnOverMereQuestionsButNotOverAnAnswer) {
  Party owner = party("a");
  ASSERT_EQ(owner.claim(), AppendOutcome::appended);
  Party claimant = party("b");
  claimant.log.read(Party::kSoon);
  ASSERT_EQ(party("c").log.read(Party::kSoon)->number, 1u);
  Party asker = party("c");
  asker.log.read(Party::kSoon);
  ASSERT_EQ(asker.ask(), AppendOutcome::appended);
  ASSERT_EQ(asker.ask(), AppendOutcome::appended);
  EXPECT_EQ(claimant.retry_claim(), AppendOutcome::appended);
  EXPECT_EQ(truth().number, 4u);

  Party late = party("d");
  late.log.read(Party::kSoon);
  ASSERT_EQ(claimant.log.append_as_owner(
                "b", [](const auto& newest) { return answered(*newest); }, Party::kSoon),
            AppendOutcome::appended);
  EXPECT_EQ(late.retry_claim(), AppendOutcome::superseded);
}

TEST_F(JobLogTest, AnOwnerGoesOnOverQuestions) {
  Party owner = party("a");
  ASSERT_EQ(owner.claim(), AppendOutcome::appended);
  Party asker = party("b");
  asker.log.read(Party::kSoon);
  ASSERT_EQ(asker.ask(), AppendOutcome::appended);
  EXPECT_EQ(owner.commit(1), AppendOutcome::appended);
  EXPECT_EQ(truth().number, 3u);
  EXPECT_EQ(truth().kind, RecordKind::checkpointed);
}

TEST_F(JobLogTest, AnAttemptThatSawItsSuccessorInALookAppendsNothingMore) {
  Party old = party("a");
  ASSERT_EQ(old.claim(), AppendOutcome::appended);
  ASSERT_EQ(party("b").claim(), AppendOutcome::appended);
  EXPECT_TRUE(old.log.look(Party::kSoon));
  EXPECT_EQ(old.commit(1), AppendOutcome::superseded);
  EXPECT_EQ(truth().number, 2u);
}

TEST_F(JobLogTest, ALookThatBreaksOffHalfWayHidesNothing) {
  Party old = party("a");
  ASSERT_EQ(old.claim(), AppendOutcome::appended);
  Party asker = party("c");
  asker.log.read(Party::kSoon);
  ASSERT_EQ(asker.ask(), AppendOutcome::appended);
  ASSERT_EQ(asker.ask(), AppendOutcome::appended);
  ASSERT_EQ(party("b").claim(), AppendOutcome::appended);
  for (std::size_t n = 0; n < 4; ++n) {
    faulty_.plan(n, Fault::refused);
    EXPECT_TRUE(kind_thrown_by([&] { static_cast<void>(old.log.look(Party::kSoon)); })) << n;
    EXPECT_EQ(old.log.newest()->number, 1u) << n;
  }
  EXPECT_TRUE(old.log.look(Party::kSoon));
  EXPECT_EQ(old.log.newest()->number, 4u);
  EXPECT_FALSE(old.log.look(Party::kSoon));
}

// One owner's whole log, with one call gone wrong and the same step repeated until it is answered.
std::size_t whole_log(FaultyStore& store, const Clock& clock) {
  Party owner(store, clock, "a");
  Party asker(store, clock, "c");
  std::size_t tries = 0;
  const auto until_answered = [&](const auto& step) {
    for (;;) {
      ++tries;
      std::optional<AppendOutcome> outcome;
      if (!kind_thrown_by([&] { outcome = step(); })) return *outcome;
    }
  };
  const auto until_read = [&](Party& who) {
    while (kind_thrown_by([&] { who.log.read(Party::kSoon); })) ++tries;
  };
  until_read(owner);
  EXPECT_EQ(until_answered([&] { return owner.retry_claim(); }), AppendOutcome::appended);
  until_read(asker);
  EXPECT_EQ(until_answered([&] { return asker.ask(); }), AppendOutcome::appended);
  for (std::uint64_t generation = 1; generation <= 3; ++generation) {
    EXPECT_EQ(until_answered([&] { return owner.commit(generation); }), AppendOutcome::appended);
  }
  const EndingNote note{{1}, Ending::interrupted, "worker-a", "drained", "now"};
  EXPECT_EQ(until_answered([&] {
              return owner.log.append_as_owner(
                  "a", [&](const auto& newest) { return handed_back(*newest, note); },
                  Party::kSoon);
            }),
            AppendOutcome::appended);
  return tries;
}

template <typename MakeStore>
void meet_every_fault(const MakeStore& make_store) {
  const ManualClock clock;
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    std::size_t met = 0;
    for (std::size_t n = 0;; ++n) {
      const auto made = make_store();
      FaultyStore store(*made);
      store.plan(n, fault);
      whole_log(store, clock);
      if (store.pending()) break;
      ++met;
      JobLog log(*made, clock, kJob);
      const std::optional<Record> newest = log.read(Party::kSoon);
      ASSERT_TRUE(newest);
      EXPECT_EQ(newest->number, 6u) << "fault at call " << n;
      EXPECT_EQ(newest->attempt.value, 1u);
      EXPECT_EQ(newest->generation.value, 3u);
      EXPECT_EQ(newest->state, JobState::waiting);
    }
    EXPECT_GT(met, 7u);
  }
}

TEST(JobLogFaultTest, EveryRecordIsWrittenOnceWhicheverCallGoesWrong) {
  meet_every_fault([] { return std::make_unique<MemoryStore>(); });
}

TEST(JobLogFaultTest, EveryRecordIsWrittenOnceInADirectoryToo) {
  const TemporaryFolder folder;
  int count = 0;
  meet_every_fault(
      [&] { return std::make_unique<DirectoryStore>(folder.path() / std::to_string(++count)); });
}

TEST_F(JobLogTest, NoFaultLetsTwoClaimantsBothWin) {
  for (const Fault fault : {Fault::refused, Fault::answer_lost}) {
    for (std::size_t n = 0; n < 12; ++n) {
      MemoryStore memory;
      FaultyStore store(memory);
      Party first(store, clock_, "a");
      Party second(store, clock_, "b");
      store.plan(n, fault);
      std::optional<AppendOutcome> outcome_of_first;
      std::optional<AppendOutcome> outcome_of_second;
      while (kind_thrown_by([&] { first.log.read(Party::kSoon); })) continue;
      while (kind_thrown_by([&] { second.log.read(Party::kSoon); })) continue;
      // Each tries once, then each again until it is answered, in turn.
      for (int turn = 0; turn < 4; ++turn) {
        if (!outcome_of_first) kind_thrown_by([&] { outcome_of_first = first.retry_claim(); });
        if (!outcome_of_second) kind_thrown_by([&] { outcome_of_second = second.retry_claim(); });
      }
      ASSERT_TRUE(outcome_of_first && outcome_of_second);
      EXPECT_NE(*outcome_of_first, *outcome_of_second) << n;
      JobLog log(memory, clock_, kJob);
      EXPECT_EQ(log.read(Party::kSoon)->attempt_id,
                *outcome_of_first == AppendOutcome::appended ? "a" : "b");
    }
  }
}

TEST_F(JobLogTest, WhatStandsInTheLogAndIsNoRecordIsCorruptAndNoCrash) {
  const StoreLayout layout(kJob);
  const auto reading = [&] { return kind_thrown_by([&] { party("a").log.read(Party::kSoon); }); };
  memory_.damage(layout.record(5), "rubbish");
  EXPECT_EQ(reading(), ErrorKind::corrupt);
  memory_.damage(layout.record(5), "");
  EXPECT_EQ(reading(), ErrorKind::corrupt);
  memory_.damage(layout.log_prefix() + "!readme", "hello");
  EXPECT_EQ(reading(), ErrorKind::corrupt);
}

TEST_F(JobLogTest, ARecordUnderAnotherNumbersKeyIsCorrupt) {
  Party owner = party("a");
  ASSERT_EQ(owner.claim(), AppendOutcome::appended);
  memory_.damage(StoreLayout(kJob).record(9), to_json(*owner.log.newest()));
  EXPECT_EQ(kind_thrown_by([&] { party("b").log.read(Party::kSoon); }), ErrorKind::corrupt);
}

TEST_F(JobLogTest, ALogThatIsFullIsCorruptAndNoCrash) {
  Record last = claimed(std::nullopt, {"z", "w", "m"});
  last.number = 9'999'999'999'999;
  memory_.damage(StoreLayout(kJob).record(last.number), to_json(last));
  Party claimant = party("a");
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(claimant.claim()); }), ErrorKind::corrupt);
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(claimant.log.look(Party::kSoon)); }),
            ErrorKind::corrupt);
}

TEST_F(JobLogTest, ARecordThatLeavesNoRoomForTheNextIsCorruptAndNoCrash) {
  Record foreign = claimed(std::nullopt, {"z", "w", "m"});
  foreign.number = 1;
  foreign.worker = std::string(3'800, 'w');  // Not written by us, or not by this version.
  memory_.damage(StoreLayout(kJob).record(1), to_json(foreign));
  Party asker = party("a");
  asker.log.read(Party::kSoon);
  asker.id = std::string(90, 'a');
  EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(asker.ask()); }), ErrorKind::corrupt);
}

}  // namespace
}  // namespace holdfast
