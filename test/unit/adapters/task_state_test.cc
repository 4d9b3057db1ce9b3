// The table of a running task: every input in every state that there is.
#include "adapters/local/task_state.h"

#include <vector>

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::vector<TaskState> all_states() {
  std::vector<TaskState> states;
  for (const CopyPhase copy :
       {CopyPhase::none, CopyPhase::looking, CopyPhase::freezing, CopyPhase::frozen,
        CopyPhase::completing, CopyPhase::attended, CopyPhase::attended_completing}) {
    for (const bool hold : {false, true}) {
      for (const StopPhase stop :
           {StopPhase::none, StopPhase::pending, StopPhase::asked, StopPhase::killed}) {
        // A stop ends a hold, and none begins after it.
        if (hold && (stop == StopPhase::pending || stop == StopPhase::asked)) continue;
        states.push_back({copy, hold, stop});
      }
    }
  }
  return states;
}

// Takes the steps one after the other, as the runner does, and keeps what was sent to the guard.
struct Play {
  TaskState state;
  bool told_still = false;
  int stops_told = 0;
  int snapshots_ended = 0;

  TaskStep take(TaskInput input) {
    const TaskStep step = next_step(state, input);
    state = step.state;
    if (step.freeze) told_still = true;
    if (step.thaw || input == TaskInput::not_frozen) told_still = false;
    if (step.ask_to_stop) stops_told += 1;
    if (step.end_snapshot) snapshots_ended += 1;
    return step;
  }
};

TEST(TaskStateTest, ATaskGoesOnAfterItsSnapshotUnlessItIsHeld) {
  for (const bool held : {false, true}) {
    Play play;
    if (held) play.take(TaskInput::hold);
    const TaskStep begun = play.take(TaskInput::snapshot);
    EXPECT_TRUE(begun.start_copy);
    EXPECT_FALSE(begun.freeze) << "before its directory was looked at";
    EXPECT_TRUE(play.take(TaskInput::looked_ahead).freeze);
    EXPECT_TRUE(play.take(TaskInput::frozen).let_copy);
    const TaskStep free = play.take(TaskInput::directory_free);
    EXPECT_EQ(play.told_still, held);
    EXPECT_TRUE(free.tell_copied);
    EXPECT_FALSE(play.take(TaskInput::copied).tell_copied) << "told twice";
    EXPECT_EQ(play.snapshots_ended, 1);
    play.take(TaskInput::resume);
    EXPECT_FALSE(play.told_still);
  }
}

TEST(TaskStateTest, AStopIsToldOnceAndNeverToATaskThatStandsStill) {
  const std::vector<std::vector<TaskInput>> before = {
      {},
      {TaskInput::hold},
      {TaskInput::hold, TaskInput::frozen},
      {TaskInput::snapshot},
      {TaskInput::snapshot, TaskInput::looked_ahead},
      {TaskInput::snapshot, TaskInput::looked_ahead, TaskInput::frozen},
      {TaskInput::hold, TaskInput::snapshot},
      {TaskInput::hold, TaskInput::snapshot, TaskInput::looked_ahead, TaskInput::frozen},
      {TaskInput::attended_snapshot},
  };
  for (const auto& inputs : before) {
    for (const TaskInput answer : {TaskInput::frozen, TaskInput::not_frozen}) {
      Play play;
      for (const TaskInput input : inputs) play.take(input);
      play.take(TaskInput::stop);
      play.take(TaskInput::stop);
      if (play.state.copy == CopyPhase::freezing) play.take(answer);
      if (play.state.copy != CopyPhase::none) play.take(TaskInput::copy_failed);
      EXPECT_EQ(play.stops_told, 1);
      EXPECT_FALSE(play.told_still);
      EXPECT_EQ(play.state.stop, StopPhase::asked);
    }
  }
}

TEST(TaskStateTest, NoInputInAnyStateLeavesATaskStillForNoReason) {
  const std::vector<TaskInput> inputs = {
      TaskInput::looked_ahead,   TaskInput::frozen, TaskInput::not_frozen,
      TaskInput::directory_free, TaskInput::hold,   TaskInput::resume,
      TaskInput::stop,           TaskInput::kill,   TaskInput::ended};
  for (const TaskState& state : all_states()) {
    for (const TaskInput input : inputs) {
      const TaskStep step = next_step(state, input);
      EXPECT_FALSE(step.freeze && step.thaw);
      // Who is told to stop hears it.
      if (step.ask_to_stop) {
        EXPECT_FALSE(step.state.hold);
      }
      if (step.ask_to_stop) {
        EXPECT_EQ(step.state.stop, StopPhase::asked);
      }
      if (input == TaskInput::kill) {
        EXPECT_EQ(step.kill, state.stop != StopPhase::killed);
      }
    }
  }
}

TEST(TaskStateTest, ATaskThatDoesNotStandStillRefusesTheCopyAndGoesOn) {
  Play play;
  play.take(TaskInput::snapshot);
  play.take(TaskInput::looked_ahead);
  const TaskStep refused = play.take(TaskInput::not_frozen);
  EXPECT_TRUE(refused.refuse_copy);
  EXPECT_FALSE(refused.let_copy);
  EXPECT_FALSE(play.told_still);
  EXPECT_TRUE(play.take(TaskInput::copy_failed).end_snapshot);
  EXPECT_FALSE(play.take(TaskInput::frozen).let_copy) << "an answer that came late";
}

TEST(TaskStateTest, ACopyThatIsGivenUpWhileTheTaskIsBeingStoppedLetsItGoOn) {
  Play play;
  play.take(TaskInput::snapshot);
  play.take(TaskInput::looked_ahead);
  EXPECT_TRUE(play.take(TaskInput::stop).give_up_copy);
  EXPECT_TRUE(play.take(TaskInput::copy_failed).thaw);
  EXPECT_EQ(play.stops_told, 1);
  EXPECT_FALSE(play.take(TaskInput::frozen).let_copy);
}

TEST(TaskStateTest, ASnapshotOfATaskThatIsBeingStoppedEndsAtOnce) {
  Play play;
  play.take(TaskInput::stop);
  EXPECT_TRUE(play.take(TaskInput::snapshot).end_snapshot);
  EXPECT_EQ(play.state.copy, CopyPhase::none);
}

}  // namespace
}  // namespace holdfast
