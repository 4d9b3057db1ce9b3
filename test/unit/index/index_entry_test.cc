#include "core/index_entry.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

IndexEntry full_entry() {
  IndexEntry entry;
  entry.job = "night-17~a";
  entry.number = 4711;
  entry.state = JobState::dead;
  entry.attempt = 12;
  entry.generation = 40;
  entry.failures = 3;
  entry.fraction = 0.425;
  entry.step = 123456789;
  entry.changed = 1'795'000'000;
  entry.durable = 1'794'999'000;
  entry.ran_seconds = 86'400;
  entry.spent = {81, 82, 83, 84, 85, 86};
  entry.ending = "failed";
  entry.reason = "out_of_memory";
  entry.worker = "gpu-box.7";
  return entry;
}

TEST(IndexEntryTest, AnEntryIsReadAsItWasWritten) {
  const IndexEntry entry = full_entry();
  EXPECT_EQ(index_entry_from_text(to_text(entry)), entry);
}

TEST(IndexEntryTest, AnEntryWithoutFieldsIsReadAsItWasWritten) {
  IndexEntry entry;
  entry.job = "a";
  entry.number = 1;
  EXPECT_EQ(index_entry_from_text(to_text(entry)), entry);
}

TEST(IndexEntryTest, ALongJobIdLeavesOutFieldsAndNeverTheState) {
  IndexEntry entry = full_entry();
  entry.job = std::string(kJobIdBytesMax, 'j');
  const std::string text = to_text(entry);
  EXPECT_LE(text.size(), kIndexNameBytesMax);
  const auto read = index_entry_from_text(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->job, entry.job);
  EXPECT_EQ(read->state, entry.state);
  EXPECT_EQ(read->number, entry.number);
  EXPECT_EQ(read->changed, entry.changed);
}

TEST(IndexEntryTest, AFieldOfANewerVersionIsSkipped) {
  const auto read = index_entry_from_text("a~3,r,a2,Zwhat-ever,wbox");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->attempt, 2U);
  EXPECT_EQ(read->worker, "box");
}

TEST(IndexEntryTest, WhatIsNoEntryIsNone) {
  for (const char* text : {"", "a", "a~", "a~1", "a~1,q", "a~,r", "a~1,r,a!", ".a~1,r", "~1,r",
                           "a/b~1,r", "a~1,r,,a1"}) {
    EXPECT_EQ(index_entry_from_text(text), std::nullopt) << text;
  }
}

TEST(IndexEntryTest, AnEntryOfARecordHoldsWhatAListShows) {
  Record record;
  record.number = 9;
  record.state = JobState::dead;
  record.attempt = {3};
  record.worker = "pc 7/ü";
  record.reason = "failed";
  record.when = "2026-01-31T23:59:59Z";
  record.endings.push_back({{3}, Ending::failed, "pc 7", "exit code 2", record.when, 77});
  record.spent = {.useful = 70, .lost = 7};
  record.running = {.useful = 30};
  const IndexEntry entry = index_entry(*JobId::parse("job-1"), record);
  EXPECT_EQ(entry.spent, (TimeAccount{.useful = 100, .lost = 7}));
  EXPECT_EQ(entry.job, "job-1");
  EXPECT_EQ(entry.number, 9U);
  EXPECT_EQ(entry.state, JobState::dead);
  EXPECT_EQ(entry.attempt, 3U);
  EXPECT_EQ(entry.reason, "failed");
  EXPECT_EQ(entry.ending, "failed");
  EXPECT_EQ(entry.ran_seconds, 77U);
  EXPECT_EQ(entry.changed, 1'769'903'999);
  EXPECT_EQ(index_entry_from_text(to_text(entry)), entry);
}

}  // namespace
}  // namespace holdfast
