#include "core/suspicion.h"

#include <algorithm>

#include "core/ending.h"
#include "core/text.h"

namespace holdfast {

Suspicion::Suspicion(std::string worker) : worker_(fitted(worker, kWorkerBytesMax)) {}

void Suspicion::ended(const std::string& job, const Record& after) {
  const bool progressed =
      !after.checkpoints.empty() && after.checkpoints.front().attempt == after.attempt;
  const bool finished = after.state == JobState::completed;
  if (progressed || finished) {
    suspects_.clear();  // Whatever ails the jobs before, it is not this node.
    return;
  }
  const bool failed = !after.endings.empty() && counts_as_failure(after.endings.back().ending);
  if (!failed) return;
  forget(job);
  if (failed_elsewhere(after)) return;
  suspects_.push_back({job, after.attempt, after.generation});
  if (suspects_.size() > kSuspectsMax) suspects_.erase(suspects_.begin());
}

void Suspicion::seen(const std::string& job, const Record& newest) {
  for (Suspect& suspect : suspects_) {
    if (suspect.job != job || newest.attempt <= suspect.attempt || newest.worker == worker_)
      continue;
    const bool went_on =
        newest.state == JobState::completed || newest.generation > suspect.generation;
    if (went_on) suspect.witness = true;
  }
  const bool witness = std::any_of(suspects_.begin(), suspects_.end(), [&](const Suspect& suspect) {
    return suspect.job == job && suspect.witness;
  });
  if (!witness && failed_elsewhere(newest)) forget(job);
}

std::vector<std::string> Suspicion::unclear() const {
  std::vector<std::string> jobs;
  for (const Suspect& suspect : suspects_) {
    if (!suspect.witness) jobs.push_back(suspect.job);
  }
  return jobs;
}

std::vector<std::string> Suspicion::witnesses() const {
  std::vector<std::string> jobs;
  for (const Suspect& suspect : suspects_) {
    if (suspect.witness) jobs.push_back(suspect.job);
  }
  return jobs;
}

Duration Suspicion::pause() const {
  if (suspects_.size() < kWitnesses) return Duration::zero();
  Duration pause = kPauseFirst;
  for (std::size_t i = kWitnesses; i < suspects_.size() && pause < kPauseMax; ++i) pause *= 2;
  return std::min(pause, kPauseMax);
}

bool Suspicion::failed_elsewhere(const Record& record) const {
  return std::any_of(record.endings.begin(), record.endings.end(), [&](const EndingNote& note) {
    return counts_as_failure(note.ending) && note.worker != worker_;
  });
}

void Suspicion::forget(const std::string& job) {
  std::erase_if(suspects_, [&](const Suspect& suspect) { return suspect.job == job; });
}

}  // namespace holdfast
