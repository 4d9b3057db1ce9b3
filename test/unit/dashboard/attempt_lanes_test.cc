// A log becomes lanes: one for each attempt, with its checkpoints, its end and what it lost.
#include "dashboard/attempt_lanes.h"

#include <gtest/gtest.h>

#include "base/wall_time.h"
#include "core/transition.h"

namespace holdfast {
namespace {

constexpr std::int64_t kBegin = 1'800'000'000;

std::string at(std::int64_t seconds) {
  return to_text(WallTime(std::chrono::seconds(kBegin + seconds)));
}

// A log as a worker writes it.
class LanesTest : public testing::Test {
 protected:
  void append(Record record, std::int64_t seconds) {
    record.number = newest_ ? newest_->number + 1 : 1;
    record.when = at(seconds);
    newest_ = record;
    lanes_.add(record);
  }

  void claim(const std::string& worker, std::int64_t seconds) {
    Claimant claimant;
    claimant.worker = worker;
    claimant.attempt_id = worker;
    claimant.when = at(seconds);
    append(claimed(newest_, claimant), seconds);
  }

  void checkpoint(std::int64_t shows, std::int64_t stored) {
    Record record = *newest_;
    record.kind = RecordKind::checkpointed;
    record.generation.value += 1;
    record.checkpoints.insert(record.checkpoints.begin(),
                              {record.generation, record.attempt, "", 1000});
    record.progress.as_of = at(shows);
    record.progress.fraction = 0.5;
    record.running.useful = 40'000;
    append(record, stored);
  }

  std::optional<Record> newest_;
  JobLanes lanes_;
};

TEST_F(LanesTest, AVanishedAttemptEndsWhereItsTimeDoesAndSaysWhoTookOver) {
  claim("w1", 0);
  checkpoint(50, 55);
  claim("w2", 200);
  ASSERT_EQ(lanes_.lanes.size(), 2u);
  const AttemptLane& first = lanes_.lanes[0];
  EXPECT_TRUE(first.ended);
  EXPECT_EQ(first.ending, Ending::lost);
  EXPECT_EQ(first.worker, "w1");
  EXPECT_EQ(first.claimed, kBegin);
  EXPECT_EQ(first.last_sign, kBegin + 55);
  EXPECT_EQ(first.taken_over, kBegin + 200);
  EXPECT_GE(first.end, first.last_sign);
  EXPECT_LE(first.end, first.taken_over);
  ASSERT_EQ(first.checkpoints.size(), 1u);
  EXPECT_EQ(first.checkpoints[0].shows, kBegin + 50);
  EXPECT_EQ(first.checkpoints[0].stored, kBegin + 55);
  EXPECT_FALSE(lanes_.lanes[1].ended);
}

TEST_F(LanesTest, AnEndThatWasToldIsTakenAsItIs) {
  claim("w1", 0);
  EndingNote note;
  note.attempt = newest_->attempt;
  note.ending = Ending::failed;
  note.worker = "w1";
  note.detail = "exit code 3";
  note.spent.failed = 9000;
  append(handed_back(*newest_, note, false), 10);
  const AttemptLane& lane = lanes_.lanes.at(0);
  EXPECT_TRUE(lane.ended);
  EXPECT_EQ(lane.end, kBegin + 10);
  EXPECT_EQ(lane.detail, "exit code 3");
  EXPECT_EQ(lane.spent.failed, 9000u);
}

// An unfit or slow machine is known by its interruptions: what a program asks for is none.
TEST_F(LanesTest, AnInterruptionIsWhatTheMachineDidAndNothingElse) {
  const auto end = [&](Ending ending, bool later, std::int64_t seconds) {
    claim("w1", seconds);
    EndingNote note;
    note.attempt = newest_->attempt;
    note.ending = ending;
    note.worker = "w1";
    append(handed_back(*newest_, note, later), seconds + 5);
    return lanes_.lanes.back().was_interruption();
  };
  EXPECT_FALSE(end(Ending::interrupted, true, 0)) << "it asked to be tried later";
  EXPECT_FALSE(end(Ending::interrupted, true, 10)) << "it waited for an input";
  EXPECT_TRUE(end(Ending::interrupted, false, 20)) << "drained, after a time when it waited";
  EXPECT_FALSE(end(Ending::checkpointed, false, 30));
  EXPECT_FALSE(end(Ending::node_unfit, false, 40));
  EXPECT_FALSE(end(Ending::failed, false, 50));
  claim("w1", 60);
  EXPECT_FALSE(lanes_.lanes.back().was_interruption()) << "it runs";
  claim("w2", 200);
  EXPECT_TRUE(lanes_.lanes[lanes_.lanes.size() - 2].was_interruption()) << "it vanished";
}

TEST_F(LanesTest, WhatPeopleDidIsAnEvent) {
  claim("w1", 0);
  append(cancelled(newest_, "ann@desk", at(5)), 5);
  append(redriven(*newest_, "bob@desk", at(9), {}), 9);
  ASSERT_EQ(lanes_.events.size(), 2u);
  EXPECT_EQ(lanes_.events[0].by, "ann@desk");
  EXPECT_EQ(lanes_.events[1].kind, RecordKind::redriven);
}

}  // namespace
}  // namespace holdfast
