// What a task that runs is about, and what to do when something happens to it: a table without any
// process in it.
#pragma once

namespace holdfast {

// The snapshot that is being taken.
enum class CopyPhase {
  none,
  looking,              // The task goes on while its directory is looked at.
  freezing,             // The guard was asked to stop the task and has not answered.
  frozen,               // The task stands still while its directory is copied.
  completing,           // The task goes on; the copy needs the directory no more.
  attended,             // The task itself waits while its directory is copied.
  attended_completing,  // It still waits; the copy needs the directory no more.
};

enum class StopPhase {
  none,
  pending,  // Asked for, and told to the task as soon as it goes on.
  asked,
  killed,
};

struct TaskState {
  CopyPhase copy = CopyPhase::none;
  bool hold = false;  // Stands still until it is resumed.
  StopPhase stop = StopPhase::none;

  friend bool operator==(const TaskState&, const TaskState&) = default;
};

enum class TaskInput {
  snapshot,           // Is wanted, of a task that must be stopped for it,
  attended_snapshot,  // or of one that waits by itself.
  frozen,             // The guard's answers.
  not_frozen,
  looked_ahead,  // The copier's words.
  directory_free,
  copied,
  copy_failed,
  hold,
  resume,
  stop,
  kill,
  ended,
};

// The new state, and what is to be done to get there.
struct TaskStep {
  TaskState state;
  bool freeze = false;
  bool thaw = false;
  bool ask_to_stop = false;
  bool kill = false;
  bool start_copy = false;
  bool let_copy = false;     // The copier, which looked ahead, is told that the task stands still,
  bool refuse_copy = false;  // or that it does not.
  bool give_up_copy = false;
  bool tell_copied = false;
  bool end_snapshot = false;  // Tell how it ended.
};

TaskStep next_step(const TaskState& state, TaskInput input) noexcept;

}  // namespace holdfast
