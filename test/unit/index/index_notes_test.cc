#include "index/index_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/manual_clock.h"
#include "fakes/memory_store.h"

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
    while (notes_.write_next(clock_.now() + 1s)) {
    }
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
  EXPECT_EQ(store_.calls(MemoryStore::Call::put), 2U);
  EXPECT_THAT(store_.keys(), SizeIs(1));
  EXPECT_EQ(entries().front().state, JobState::completed);
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
  notes_.tell(id("a"), record(2, RecordKind::asked, JobState::running));
  notes_.tell(id("a"), record(3, RecordKind::answered, JobState::running));
  EXPECT_FALSE(notes_.write_next(clock_.now() + 1s));
}

TEST_F(IndexNotesTest, WhatTheStoreRefusesIsDroppedAndTheNextRecordBringsItBack) {
  notes_.tell(id("a"), record(1, RecordKind::claimed, JobState::running));
  store_.go_away();
  EXPECT_THROW(write_all(), Error);
  store_.come_back();
  EXPECT_FALSE(notes_.write_next(clock_.now() + 1s));
  notes_.tell(id("a"), record(2, RecordKind::completed, JobState::completed));
  write_all();
  EXPECT_EQ(entries().front().state, JobState::completed);
}

TEST_F(IndexNotesTest, AStoreThatIsAwayMakesNoEndlessBacklog) {
  for (std::size_t i = 0; i < IndexNotes::kWaitingMax + 500; ++i) {
    notes_.tell(id("job-" + std::to_string(i)), record(1, RecordKind::claimed, JobState::running));
  }
  std::size_t written = 0;
  while (notes_.write_next(clock_.now() + 1s)) ++written;
  EXPECT_EQ(written, IndexNotes::kWaitingMax);
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
