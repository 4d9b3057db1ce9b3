#include "index/index_notes.h"

#include <functional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"
#include "holdfast/error.h"
#include "ports/forwarding_store.h"

namespace holdfast {
namespace {

using ::testing::SizeIs;

class IndexNotesTest : public ::testing::Test {
 protected:
  static Record record(std::uint64_t number, RecordKind kind, JobState state) {
    Record record;
    record.number = number;
    record.kind = kind;
    record.state = state;
    return record;
  }
  static JobId id(const std::string& text) { return *JobId::parse(text); }

  void write_all() {
    clock_.advance(IndexNotes::kBegunFor);
    notes_.write_all(clock_.now() + 1s);
  }

  std::vector<IndexEntry> entries() {
    std::vector<IndexEntry> found;
    JobIndex(store_, clock_, layout_)
        .read([&](const IndexEntry& one) { found.push_back(one); }, nullptr);
    return found;
  }

  MemoryStore store_;
  ManualClock clock_;
  FleetLayout layout_{"jobs"};
  IndexNotes notes_{clock_, JobIndex(store_, clock_, layout_)};
};

TEST_F(IndexNotesTest, ASmoothJobCostsTwoWrites) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  write_all();
  notes_.tell(id("a"), record(2, RecordKind::completed, JobState::completed));
  write_all();
  // Its worker reads the record back before it publishes.
  notes_.tell(id("a"), record(2, RecordKind::completed, JobState::completed));
  write_all();
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 2U);
  EXPECT_THAT(store_.keys(), SizeIs(1));
  EXPECT_EQ(entries().front().state, JobState::completed);
}

TEST_F(IndexNotesTest, AJobThatEndsAtOnceCostsOneWrite) {
  EXPECT_TRUE(notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running)));
  notes_.write_all(clock_.now() + 1s);
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 0U);
  EXPECT_EQ(notes_.due(), clock_.now() + IndexNotes::kBegunFor);
  EXPECT_TRUE(notes_.tell(id("a"), record(2, RecordKind::completed, JobState::completed)));
  notes_.write_all(clock_.now() + 1s);
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 1U);
  EXPECT_EQ(notes_.due(), TimePoint::max());
}

TEST_F(IndexNotesTest, AtTheEndAJobThatHasJustBegunIsWritten) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  notes_.hurry();
  notes_.write_all(clock_.now() + 1s);
  EXPECT_THAT(entries(), SizeIs(1));
}

TEST_F(IndexNotesTest, AJobThatIsRunAgainAfterItsEndIsWritten) {
  notes_.tell(id("a"), record(2, RecordKind::completed, JobState::completed));
  write_all();
  notes_.tell(id("a"), record(3, RecordKind::redriven, JobState::waiting));
  write_all();
  EXPECT_EQ(entries().front().state, JobState::waiting);
}

TEST_F(IndexNotesTest, OfWhatWaitsOnlyTheNewestIsWritten) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  notes_.tell(id("a"), record(3, RecordKind::completed, JobState::completed));
  notes_.tell(id("a"), record(2, RecordKind::checkpointed, JobState::running));
  write_all();
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 1U);
  EXPECT_EQ(entries().front().number, 3U);
}

TEST_F(IndexNotesTest, ProgressIsWrittenEveryFiveMinutes) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  write_all();
  for (std::uint64_t number = 2; number <= 61; ++number) {  // An hour, a checkpoint a minute.
    clock_.advance(1min);
    notes_.tell(id("a"), record(number, RecordKind::checkpointed, JobState::running));
    write_all();
  }
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 1U + 12U);
  EXPECT_THAT(store_.keys(), SizeIs(1));
}

TEST_F(IndexNotesTest, AQuestionAndItsAnswerAreNotWritten) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  write_all();
  notes_.tell(id("a"), record(2, RecordKind::asked, JobState::running));
  notes_.tell(id("a"), record(3, RecordKind::answered, JobState::running));
  write_all();
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 1U);
}

TEST_F(IndexNotesTest, AQuestionAboutAJobThatIsNotInTheIndexBringsItThere) {
  notes_.tell(id("a"), record(2, RecordKind::asked, JobState::running));
  write_all();
  EXPECT_EQ(entries().front().state, JobState::running);
}

TEST_F(IndexNotesTest, AnOldRecordThatIsReadOnceMoreChangesNothing) {
  notes_.tell(id("a"), record(7, RecordKind::claimed, JobState::running));
  write_all();
  notes_.tell(id("a"), record(3, RecordKind::claimed, JobState::running));
  write_all();
  EXPECT_THAT(store_.keys(), SizeIs(1));
  EXPECT_EQ(entries().front().number, 7U);
}

// Fails a write, during which the job goes on.
class FailsWhileAJobGoesOn final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  void put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
           TimePoint deadline) override {
    if (!meanwhile) return ForwardingStore::put(key, bytes, digest, deadline);
    std::exchange(meanwhile, {})();
    throw Error(ErrorKind::unavailable, "lost");
  }
  std::function<void()> meanwhile;
};

TEST_F(IndexNotesTest, WhatAStoreDidNotTakeDoesNotReplaceWhatHappenedMeanwhile) {
  FailsWhileAJobGoesOn store(store_);
  IndexNotes notes(clock_, JobIndex(store, clock_, layout_));
  notes.tell(id("a"), record(2, RecordKind::ended, JobState::waiting));
  store.meanwhile = [&] { notes.tell(id("a"), record(3, RecordKind::claimed, JobState::running)); };
  notes.write_all(clock_.now() + 1s);
  notes.tell(id("a"), record(4, RecordKind::completed, JobState::completed));
  clock_.advance(IndexNotes::kAgainAfter);
  notes.write_all(clock_.now() + 1s);
  EXPECT_THAT(entries(), SizeIs(1));
  EXPECT_EQ(entries().front().state, JobState::completed);
}

// A job that has ended has no other record that could bring it.
TEST_F(IndexNotesTest, WhatAStoreDoesNotTakeIsWrittenWhenItIsBack) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  write_all();
  notes_.tell(id("a"), record(2, RecordKind::completed, JobState::completed));
  store_.go_away();
  write_all();
  EXPECT_EQ(notes_.due(), clock_.now() + IndexNotes::kAgainAfter);
  write_all();
  store_.come_back();
  write_all();
  EXPECT_EQ(notes_.due(), TimePoint::max());
  EXPECT_THAT(store_.keys(), SizeIs(1));
  EXPECT_EQ(entries().front().state, JobState::completed);
}

TEST_F(IndexNotesTest, AStoreThatIsAwayMakesNoEndlessBacklog) {
  for (std::size_t i = 0; i < IndexNotes::kWaitingMax + 500; ++i) {
    notes_.tell(id("job-" + std::to_string(i)), record(1, RecordKind::claimed, JobState::running));
  }
  write_all();
  EXPECT_THAT(entries(), SizeIs(IndexNotes::kWaitingMax));
}

TEST_F(IndexNotesTest, ThousandsOfEndedJobsEndUpInFolds) {
  for (int i = 0; i < 20'000; ++i) {
    notes_.tell(id("job-" + std::to_string(i)),
                record(2, RecordKind::completed, JobState::completed));
    write_all();
  }
  EXPECT_THAT(entries(), SizeIs(20'000));
  // A shard is folded now and then: what is outside of folds is some hundred a shard at most.
  EXPECT_LT(store_.keys().size(), 16'000U);
}

}  // namespace
}  // namespace holdfast
