// Which checkpoint an attempt resumes from, and which are kept to step back to.
#include "core/step_back.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::vector<CheckpointRef> refs_of(const std::vector<std::uint64_t>& generations) {
  std::vector<CheckpointRef> refs;
  for (const std::uint64_t generation : generations) refs.push_back({{generation}, {1}, "", 1});
  return refs;
}

Record keeping(const std::vector<std::uint64_t>& generations) {
  Record record;
  record.checkpoints = refs_of(generations);
  record.generation = record.checkpoints.front().generation;
  return record;
}

TEST(StepBackTest, TheNewestGetsASecondTryThenTheOneBeforeThenTheOldest) {
  Record record = keeping({9, 8, 5});
  record.step_back = after_failure(record, {9});
  EXPECT_EQ(record.step_back.resume_from.value, 0u);
  record.step_back = after_failure(record, {9});
  EXPECT_EQ(record.step_back.resume_from.value, 8u);
  record.step_back = after_failure(record, {8});
  EXPECT_EQ(record.step_back.resume_from.value, 5u);
  const StepBack last = after_failure(record, {5});
  EXPECT_EQ(last.stage, record.step_back.stage);  // There is nothing older.
}

TEST(StepBackTest, AnAttemptThatStartedFreshSaysNothingAboutACheckpoint) {
  Record record = keeping({9, 8, 5});
  for (int i = 0; i < 5; ++i) record.step_back = after_failure(record, {});
  EXPECT_EQ(record.step_back.resume_from.value, 0u);
}

TEST(StepBackTest, TheOneBeforeIsOlderThanWhatFailedEvenIfTheAttemptStoredMore) {
  Record record = keeping({11, 10, 9, 7});  // 10 and 11 are by attempts that had resumed from 9.
  record.step_back = after_failure(record, {9});
  record.step_back = after_failure(record, {9});
  EXPECT_EQ(record.step_back.resume_from.value, 7u);
}

TEST(StepBackTest, WithOneCheckpointThereIsNoStepBack) {
  Record record = keeping({4});
  for (int i = 0; i < 5; ++i) record.step_back = after_failure(record, {4});
  EXPECT_EQ(record.step_back.stage, StepBack::Stage::newest);
}

TEST(StepBackTest, NewerOnesAreTriedOnlyIfAllOlderOnesAreDamaged) {
  Record record = keeping({9, 8, 5, 2});
  record.step_back.resume_from = {5};
  std::vector<std::uint64_t> order;
  for (const CheckpointRef& ref : resume_order(record)) order.push_back(ref.generation.value);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{5, 2, 9, 8}));
}

TEST(StepBackTest, FewCheckpointsReachFarBack) {
  for (const std::size_t room : {std::size_t{3}, std::size_t{4}, std::size_t{6}}) {
    std::vector<CheckpointRef> kept;
    std::uint64_t nearest = 1000;
    for (std::uint64_t generation = 1; generation <= 500; ++generation) {
      kept.insert(kept.begin(), {{generation}, {1}, "", 1});
      kept = spaced(std::move(kept), room);
      ASSERT_LE(kept.size(), room);
      ASSERT_EQ(kept.front().generation.value, generation);
      if (generation > 1) {
        ASSERT_EQ(kept[1].generation.value, generation - 1);
      }
      if (generation > 100) {
        nearest = std::min(nearest, generation - kept.back().generation.value);
      }
    }
    EXPECT_GE(nearest, std::uint64_t{1} << (room - 2)) << room;
  }
}

TEST(StepBackTest, TheNewestStaysHoweverLittleRoomThereIs) {
  EXPECT_EQ(spaced(refs_of({3, 2, 1}), 1).front().generation.value, 3u);
  EXPECT_EQ(spaced(refs_of({3, 2, 1}), 2).size(), 2u);
}

}  // namespace
}  // namespace holdfast
