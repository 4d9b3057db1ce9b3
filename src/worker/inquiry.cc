#include "worker/inquiry.h"

#include <algorithm>

#include "base/log.h"
#include "base/wall_time.h"
#include "core/transition.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr Duration kLookTime = std::chrono::seconds(5);
// How often the log is looked at: while an answer is waited for, and else.
constexpr Duration kLookWhileAsking = std::chrono::seconds(5);
constexpr Duration kLookWhileResting = std::chrono::seconds(15);
// A look that takes longer met a store that was out of reach.
constexpr Duration kOutage = std::chrono::seconds(2);
// How long a claimant that was answered waits before it asks again, at most.
constexpr Duration kAskPauseMax = std::chrono::minutes(10);

}  // namespace

Inquiry::Inquiry(const JobLog& log, DeliveryFacts facts, const Clock& clock,
                 const WorkerSettings& settings)
    : log_(log),
      facts_(std::move(facts)),
      clock_(clock),
      settings_(settings),
      signs_(log.newest()->signs_of_life),
      until_(clock.now()),
      next_look_(clock.now()) {}

TimePoint Inquiry::due() const {
  // After a failed call also what is overdue waits for the next look.
  return unsure_ || store_was_away_ ? next_look_ : std::min(next_look_, until_);
}

Inquiry::Finding Inquiry::look_if_due() {
  if (clock_.now() < due()) return Finding::open;
  try {
    return look();
  } catch (const Error& error) {
    if (!worth_waiting(error.kind())) throw;
    log(LogLevel::debug, "store out of reach while asking", {{"error", error.what()}});
    store_was_away_ = true;
    next_look_ = clock_.now() + kLookWhileAsking;
    return Finding::open;
  }
}

Inquiry::Finding Inquiry::look() {
  const TimePoint begin = clock_.now();
  // Nobody looked for long: other calls waited for a store that was away, or this worker stood
  // still.
  const bool late = begin > due() + kLookTime;
  if (unsure_) return append(*unsure_);
  static_cast<void>(log_.look(begin + kLookTime));
  const TimePoint now = clock_.now();
  next_look_ = now + (asking_ ? kLookWhileAsking : kLookWhileResting);

  switch (decide_claim(log_.newest(), facts_, settings_.retry)) {
    case ClaimDecision::finish:
      return Finding::ended;
    case ClaimDecision::claim:
    case ClaimDecision::set_aside:
      return Finding::free;
    case ClaimDecision::ask:
      break;
  }
  if (newest().signs_of_life != signs_) {
    signs_ = newest().signs_of_life;
    asking_ = false;
    pause_ = std::min(std::max(pause_ * 2, settings_.patience.submitted_twice), kAskPauseMax);
    wait(pause_);
    return Finding::answered;
  }
  // The store was away: maybe for the owner, too, who could not answer then.
  if (std::exchange(store_was_away_, false) || late || now - begin >= kOutage) {
    wait(length_);
    return Finding::open;
  }
  if (now < until_) return Finding::open;
  return append(asking_ ? Step::give_up : Step::ask);
}

Inquiry::Finding Inquiry::append(Step step) {
  unsure_ = step;
  if (step == Step::ask) asked_at_ = to_text(clock_.wall());
  const JobLog::Step record = [&](const std::optional<Record>& before) {
    if (step == Step::ask) return asked(*before, settings_.worker);
    return handed_back(*before, note_of_lost(*before, asked_at_));
  };
  const auto outcome = log_.append_as_claimant(record, clock_.now() + kLookTime);
  unsure_.reset();
  store_was_away_ = false;
  next_look_ = clock_.now();
  if (outcome == AppendOutcome::superseded) return Finding::open;  // The next look decides anew.
  if (step == Step::give_up) return Finding::free;
  asking_ = true;
  wait(patience_for(newest(), facts_, settings_.patience));
  log(LogLevel::info, "owner asked",
      {{"owner", newest().worker}, {"patience_s", std::chrono::duration<double>(length_).count()}});
  return Finding::open;
}

void Inquiry::wait(Duration length) {
  length_ = length;
  until_ = clock_.now() + length;
  next_look_ = clock_.now() + (asking_ ? kLookWhileAsking : kLookWhileResting);
}

}  // namespace holdfast
