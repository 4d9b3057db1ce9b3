#include "core/redrive.h"

#include "base/check.h"

namespace holdfast {

RedriveDecision decide_redrive(const std::optional<Record>& newest, CancelledJobs cancelled) {
  if (!newest) return RedriveDecision::publish;
  if (is_forgotten(*newest)) return RedriveDecision::drop;
  switch (newest->state) {
    case JobState::dead:
      return RedriveDecision::append;
    case JobState::waiting:
    case JobState::running:
      return RedriveDecision::publish;
    case JobState::completed:
      return RedriveDecision::drop;
    case JobState::cancelled:
      return cancelled == CancelledJobs::come_back ? RedriveDecision::append
                                                   : RedriveDecision::refuse;
  }
  check(false, "a job is in a state that does not exist");
  return RedriveDecision::refuse;
}

bool redrivable_without_letter(const std::optional<Record>& newest, CancelledJobs cancelled) {
  if (!newest || is_forgotten(*newest)) return false;
  if (newest->state == JobState::dead) return true;
  if (newest->state == JobState::cancelled) return cancelled == CancelledJobs::come_back;
  return newest->state == JobState::waiting && newest->kind == RecordKind::redriven;
}

RerunDecision decide_rerun(const std::optional<Record>& newest, StartFrom from) {
  if (!newest) return RerunDecision::never_claimed;
  if (is_forgotten(*newest)) return RerunDecision::forgotten;
  if (is_unclaimed(*newest)) return RerunDecision::publish;
  if (!is_end(newest->state)) return RerunDecision::goes_on;
  const bool wants_one = from == StartFrom::newest_checkpoint;
  return wants_one && newest->checkpoints.empty() ? RerunDecision::no_checkpoint
                                                  : RerunDecision::append;
}

ReviseDecision decide_revise(const std::optional<Record>& newest, std::uint64_t content) {
  if (!newest) return ReviseDecision::append;
  if (is_end(newest->state)) return ReviseDecision::ended;
  if (newest->attempt.value > 0) return ReviseDecision::begun;
  if (newest->revision.content == content) return ReviseDecision::publish;
  const bool room = newest->revision.replaced.size() + 1 < kReplacedMax;
  return room ? ReviseDecision::append : ReviseDecision::too_often;
}

}  // namespace holdfast
