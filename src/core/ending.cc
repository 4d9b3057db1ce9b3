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

// Ten times as long each time.
Duration backoff_after(std::uint32_t times, const RetryPolicy& policy) {
  if (times == 0) return Duration::zero();
  Duration backoff = policy.backoff_first;
  for (std::uint32_t i = 1; i < times && backoff < policy.backoff_max; ++i) backoff *= 10;
  return std::min(backoff, policy.backoff_max);
}

}  // namespace

EndedHow classify(const TaskEnd& end) {
  if (end.guard_lost) return {Ending::interrupted, end.note};
  // Most programs answer SIGTERM by an orderly end and exit code 0, so that says nothing about
  // whether they had finished. A program that had says so.
  const bool finished = end.code == kExitFinished && (!end.asked_to_stop || end.said_finished);
  if (finished) return {Ending::finished, "finished"};
  // What it says by its code while a limit stops it does not count: a program that answers "run me
  // again" to every limit would never end.
  if (end.asked_to_stop == StopReason::time_limit) {
    return {Ending::timed_out,
            "still running after its time limit, " + seconds_text(end.limit) + " in all attempts"};
  }
  if (end.asked_to_stop == StopReason::stall) {
    return {Ending::stalled, "no output, message or checkpoint for " + seconds_text(end.limit)};
  }
  const bool by_itself = !end.asked_to_stop;
  if (end.code) {
    switch (*end.code) {
      case kExitFinished:
        return {Ending::interrupted, "stopped by the worker; exit code 0 without FINISHED=1"};
      case kExitRefused:
        return {Ending::refused, "the program refused the job (exit code 65)"};
      case kExitNodeUnfit:
        return {Ending::node_unfit,
                "the program reports that this machine is unfit (exit code 69)"};
      case kExitTryLater:
        return {Ending::interrupted, "the program asks to be tried later (exit code 75)",
                by_itself};
      case kExitCheckpointed:
        return {Ending::checkpointed, "checkpointed, to be run again (exit code 85)",
                by_itself && end.ran < kShortRun};
      default:
        break;
    }
  }
  // A task that was asked to stop may die in any way; that is not the job's fault.
  if (end.asked_to_stop) return {Ending::interrupted, "stopped by the worker"};
  std::string detail = how_it_ended(end.code, end.signal);
  if (!end.note.empty()) detail += "; " + end.note;
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

Consequence consequence_of(Ending ending, const Record& before, const Record& after,
                           const RetryPolicy& policy) {
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
      const bool stepped_back = after.step_back.stage != before.step_back.stage;
      const bool spent = after.failures_since_progress >= policy.failures_max && !stepped_back;
      if (spent || after.failures_total >= policy.failures_max * kFailuresPerProgressMax) {
        return {JobState::dead, std::string(to_text(ending)), {}};
      }
      return {JobState::waiting, {}, backoff_after(after.failures_since_progress, policy)};
    }
    case Ending::interrupted:
    case Ending::checkpointed:
      return {JobState::waiting, {}, backoff_after(after.deferrals, policy)};
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
