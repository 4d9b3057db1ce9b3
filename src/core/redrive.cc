#include "core/redrive.h"

#include "base/check.h"

namespace holdfast {

RedriveDecision decide_redrive(const std::optional<Record>& newest) {
  if (!newest) return RedriveDecision::publish;
  switch (newest->state) {
    case JobState::dead:
      return RedriveDecision::append;
    case JobState::waiting:
    case JobState::running:
      return RedriveDecision::publish;
    case JobState::completed:
      return RedriveDecision::drop;
    case JobState::cancelled:
      return RedriveDecision::refuse;
  }
  check(false, "a job is in a state that does not exist");
  return RedriveDecision::refuse;
}

}  // namespace holdfast
