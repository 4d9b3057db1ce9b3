#include "simulate/attempt_play.h"

#include <algorithm>

namespace holdfast {

AttemptPlay::AttemptPlay(const Scenario& scenario, const Way& way, std::uint64_t job, Hours saved,
                         Hours now, Hours restored)
    : scenario_(scenario),
      way_(way),
      job_(job),
      upload_(scenario.checkpoint_bytes / scenario.uplink / 3600),
      work_(saved),
      saved_(saved),
      now_(now),
      computes_from_(restored),
      next_snapshot_(restored + way.interval) {}

double AttemptPlay::speed() const {
  if (held_until_) return 0;
  return upload_ends_ ? 1 - way_.upload_share : 1;
}

AttemptPlay::Next AttemptPlay::next() const {
  Next next{held_until_ ? *held_until_ : next_snapshot_,
            held_until_ ? AttemptStep::released : AttemptStep::snapshot};
  const auto consider = [&](Hours at, AttemptStep step) {
    if (at <= next.at) next = {at, step};
  };
  // Only one upload at a time: what falls due meanwhile waits for its end.
  if (upload_ends_ && next.step == AttemptStep::snapshot) {
    next.at = std::max(next.at, *upload_ends_);
  }
  if (upload_ends_) consider(*upload_ends_, AttemptStep::uploaded);
  if (speed() > 0) {
    const Hours left = (scenario_.job_length - work_) / speed();
    consider(std::max(now_, computes_from_) + left, AttemptStep::finished);
  }
  return next;
}

void AttemptPlay::advance(Hours now) {
  const Hours from = std::clamp(computes_from_, now_, std::max(now_, now));
  const Hours computed = std::max(Hours(0), now - from);
  restoring_ += from - now_;
  work_ += computed * speed();
  slowed_ += computed * (1 - speed());
  now_ = std::max(now_, now);
}

AttemptStep AttemptPlay::carry_out() {
  const auto [at, step] = next();
  advance(at);
  switch (step) {
    case AttemptStep::snapshot:
      work_in_upload_ = work_;
      upload_ends_ = at + way_.held + upload_;
      held_until_ = way_.uploads_beside ? at + way_.held : *upload_ends_;
      // A task that waits for its upload computes a whole interval between two.
      next_snapshot_ = (way_.uploads_beside ? at : *upload_ends_) + way_.interval;
      break;
    case AttemptStep::released:
      held_until_.reset();
      break;
    case AttemptStep::uploaded:
      upload_ends_.reset();
      saved_ = work_in_upload_;
      break;
    case AttemptStep::finished:
      saved_ = work_ = scenario_.job_length;
      break;
  }
  return step;
}

}  // namespace holdfast
