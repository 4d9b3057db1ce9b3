#include "core/ending.h"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "base/check.h"

namespace holdfast {

namespace {

std::string seconds_text(Duration duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()) + " s";
}

// A shell reports a child that a signal ended as 128 plus the signal.
bool was_killed(const TaskEnd& end) {
  return end.signal == SIGKILL || end.code == 128 + SIGKILL;
}

}  // namespace

EndedHow classify(const TaskEnd& end) {
  // What it says by its code while a limit stops it counts only if it had finished: a program that
  // answers "run me again" to every limit would never end.
  if (end.code != kExitFinished && end.asked_to_stop == StopReason::time_limit) {
    return {Ending::timed_out, "still running after its time limit, " + seconds_text(end.limit)};
  }
  if (end.code != kExitFinished && end.asked_to_stop == StopReason::stall) {
    return {Ending::stalled, "no output, message or checkpoint for " + seconds_text(end.limit)};
  }
  if (end.code) {
    switch (*end.code) {
      case kExitFinished:
        return {Ending::finished, "finished"};
      case kExitRefused:
        return {Ending::refused, "the program refused the job (exit code 65)"};
      case kExitNodeUnfit:
        return {Ending::node_unfit, "the program calls this node unfit (exit code 69)"};
      case kExitTryLater:
        return {Ending::interrupted, "the program asks to be tried later (exit code 75)"};
      case kExitCheckpointed:
        return {Ending::checkpointed, "checkpointed, to be run again (exit code 85)"};
      default:
        break;
    }
  }
  // A task that was asked to stop may die in any way; that is not the job's fault.
  if (end.asked_to_stop) return {Ending::interrupted, "stopped by the worker"};
  const std::string detail = how_it_ended(end.code, end.signal);
  if (!end.oom_kill) return {Ending::failed, detail};
  if (was_killed(end)) {
    return {Ending::out_of_memory, "killed by the kernel for lack of memory (" + detail + ")"};
  }
  return {Ending::failed, detail + "; the kernel had killed a process for lack of memory"};
}

std::string how_it_ended(std::optional<int> code, std::optional<int> signal) {
  check(code || signal, "a task ends by exit code or signal");
  if (code) return "exit code " + std::to_string(*code);
  return "killed by signal " + std::to_string(*signal) + " (" + ::strsignal(*signal) + ")";
}

bool counts_as_failure(Ending ending) {
  return ending == Ending::failed || ending == Ending::out_of_memory || ending == Ending::stalled;
}

bool leaves_a_checkpoint(Ending ending) {
  return ending == Ending::interrupted || ending == Ending::checkpointed ||
         ending == Ending::node_unfit || ending == Ending::timed_out;
}

Consequence consequence_of(Ending ending, const Record& newest, const RetryPolicy& policy) {
  switch (ending) {
    case Ending::refused:
      return {JobState::dead, "refused", {}};
    case Ending::unrestorable:
      return {JobState::dead, "unrestorable", {}};
    case Ending::timed_out:
      return {JobState::dead, "timed_out", {}};
    case Ending::failed:
    case Ending::out_of_memory:
    case Ending::stalled: {
      const std::uint32_t failures = newest.failures_since_progress + 1;
      if (failures >= policy.failures_max) {
        return {JobState::dead, std::string(to_text(ending)), {}};
      }
      Duration backoff = policy.backoff_first;
      for (std::uint32_t i = 1; i < failures && backoff < policy.backoff_max; ++i) backoff *= 10;
      return {JobState::waiting, {}, std::min(backoff, policy.backoff_max)};
    }
    case Ending::interrupted:
    case Ending::checkpointed:
    case Ending::node_unfit:
    case Ending::lost:
      return {JobState::waiting, {}, {}};
    case Ending::finished:
    case Ending::cancelled:
      break;
  }
  check(false, "a finished or cancelled attempt has no such consequence");
  return {};
}

}  // namespace holdfast
