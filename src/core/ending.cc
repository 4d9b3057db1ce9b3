#include "core/ending.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace holdfast {

EndedHow classify(const TaskEnd& end) {
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
  if (end.code) return {Ending::failed, "exit code " + std::to_string(*end.code)};
  check(end.signal.has_value(), "a task ends by exit code or signal");
  return {Ending::failed, "killed by signal " + std::to_string(*end.signal) + " (" +
                              ::strsignal(*end.signal) + ")"};
}

bool leaves_a_checkpoint(Ending ending) {
  return ending == Ending::interrupted || ending == Ending::checkpointed ||
         ending == Ending::node_unfit;
}

Consequence consequence_of(Ending ending, const Record& newest, const RetryPolicy& policy) {
  switch (ending) {
    case Ending::refused:
      return {JobState::dead, "refused", {}};
    case Ending::unrestorable:
      return {JobState::dead, "unrestorable", {}};
    case Ending::failed: {
      const std::uint32_t failures = newest.failures_since_progress + 1;
      if (failures >= policy.failures_max) return {JobState::dead, "failed", {}};
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
