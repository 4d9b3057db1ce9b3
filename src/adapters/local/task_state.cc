#include "adapters/local/task_state.h"

namespace holdfast {

namespace {

bool stands_for_copy(CopyPhase copy) noexcept {
  return copy == CopyPhase::freezing || copy == CopyPhase::frozen;
}

// The directory is needed no more, so the task need not stand still for it.
void let_go(TaskStep& step, CopyPhase before) noexcept {
  step.thaw = stands_for_copy(before) && !step.state.hold;
  if (step.state.stop != StopPhase::pending) return;
  step.state.stop = StopPhase::asked;
  step.ask_to_stop = true;
}

void snapshot(TaskStep& step) noexcept {
  if (step.state.stop != StopPhase::none) {
    step.end_snapshot = true;
    return;
  }
  step.state.copy = CopyPhase::looking;
  step.start_copy = true;
}

void looked_ahead(TaskStep& step) noexcept {
  // Who is being stopped has given up the copy.
  if (step.state.copy != CopyPhase::looking || step.state.stop != StopPhase::none) return;
  step.state.copy = CopyPhase::freezing;
  step.freeze = true;
}

void frozen(TaskStep& step) noexcept {
  if (step.state.copy != CopyPhase::freezing) return;
  step.state.copy = CopyPhase::frozen;
  step.let_copy = step.state.stop == StopPhase::none;
}

// All of the task goes on. Holding it only saves work, so that is not tried again.
void not_frozen(TaskStep& step) noexcept {
  step.state.hold = false;
  if (step.state.copy != CopyPhase::freezing) return;
  step.state.copy = CopyPhase::looking;
  step.refuse_copy = true;
  let_go(step, CopyPhase::looking);
}

void directory_free(TaskStep& step) noexcept {
  if (step.state.copy == CopyPhase::attended) step.state.copy = CopyPhase::attended_completing;
  if (step.state.copy != CopyPhase::frozen) return;
  step.state.copy = CopyPhase::completing;
  step.tell_copied = true;
  let_go(step, CopyPhase::frozen);
}

void copy_ended(TaskStep& step, bool copied) noexcept {
  const CopyPhase before = step.state.copy;
  step.state.copy = CopyPhase::none;
  step.tell_copied = copied && before != CopyPhase::completing;
  step.end_snapshot = true;
  let_go(step, before);
}

void hold(TaskStep& step, bool wanted) noexcept {
  if (step.state.hold == wanted || step.state.stop != StopPhase::none) return;
  step.state.hold = wanted;
  // A snapshot keeps it still meanwhile, and lets it go on afterwards unless it is held.
  if (stands_for_copy(step.state.copy)) return;
  step.freeze = wanted;
  step.thaw = !wanted;
}

// The last checkpoint is taken when the task has ended: one that stands still must not wait for a
// copy before it hears of its end.
void stop(TaskStep& step) noexcept {
  if (step.state.stop != StopPhase::none) return;
  const bool was_held = step.state.hold;
  step.state.hold = false;
  if (stands_for_copy(step.state.copy)) {
    step.state.stop = StopPhase::pending;
    step.give_up_copy = true;
    return;
  }
  step.state.stop = StopPhase::asked;
  step.thaw = was_held;
  step.ask_to_stop = true;
  step.give_up_copy = step.state.copy == CopyPhase::looking;
}

}  // namespace

TaskStep next_step(const TaskState& state, TaskInput input) noexcept {
  TaskStep step{state};
  switch (input) {
    case TaskInput::snapshot:
      snapshot(step);
      break;
    case TaskInput::attended_snapshot:
      step.state.copy = CopyPhase::attended;
      step.start_copy = true;
      break;
    case TaskInput::looked_ahead:
      looked_ahead(step);
      break;
    case TaskInput::frozen:
      frozen(step);
      break;
    case TaskInput::not_frozen:
      not_frozen(step);
      break;
    case TaskInput::directory_free:
      directory_free(step);
      break;
    case TaskInput::copied:
      copy_ended(step, true);
      break;
    case TaskInput::copy_failed:
      copy_ended(step, false);
      break;
    case TaskInput::hold:
      hold(step, true);
      break;
    case TaskInput::resume:
      hold(step, false);
      break;
    case TaskInput::stop:
      stop(step);
      break;
    case TaskInput::kill:
      step.kill = state.stop != StopPhase::killed;
      step.state.stop = StopPhase::killed;
      break;
    case TaskInput::ended:
      // A copy that is complete but for what it shares may be the last that this task ever gives.
      step.give_up_copy = state.copy == CopyPhase::looking || stands_for_copy(state.copy) ||
                          state.copy == CopyPhase::attended;
      break;
  }
  return step;
}

}  // namespace holdfast
