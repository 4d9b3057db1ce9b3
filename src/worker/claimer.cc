#include "worker/claimer.h"

#include "base/wall_time.h"
#include "core/store_layout.h"
#include "core/transition.h"
#include "joblog/kept_job.h"
#include "worker/durability.h"

namespace holdfast {

namespace {

// Where it is looked for is record 1.
bool fits_in_the_claim(const Job& job, const std::optional<Record>& newest) {
  return !newest && job.body.size() <= kInlineJobBytesMax;
}

}  // namespace

ClaimOutcome Claimer::claim(const Job& job, const Delivery& delivery, const std::string& attempt_id,
                            JobLog& log) {
  const DeliveryFacts facts = facts_of(delivery);
  const Claimant claimant{attempt_id, settings_.worker, delivery.message_id,
                          to_text(ports_.clock.wall()),
                          whole_milliseconds(settings_.checkpoint_every)};
  const JobLog::Step claim_step = [&](const std::optional<Record>& newest) {
    Record record = claimed(newest, claimant);
    if (fits_in_the_claim(job, newest)) record.job = job.body;
    return record;
  };
  const JobLog::Step set_aside_step = [&](const std::optional<Record>& newest) {
    const bool no_progress = newest->attempts_since_progress >= settings_.retry.attempts_max;
    const std::string why =
        no_progress ? std::to_string(newest->attempts_since_progress) + " attempts without progress"
                    : std::to_string(newest->lost_total) + " attempts whose workers vanished";
    EndingNote note = note_of_lost(*newest, claimant.when);
    note.detail = why;
    // A waiting job's attempts have all been accounted for.
    if (newest->state != JobState::running) note.spent = {};
    return dead(*newest, "no_progress", note);
  };

  for (;;) {  // Ends when the job is ours, has ended, is somebody else's, or we give up.
    if (give_up()) return ClaimOutcome::abandoned;
    const auto read = store_calls_.until_answered(
        StoreCalls::Wait::bounded, [&](TimePoint deadline) { return log.read(deadline); },
        [this] { return give_up(); });
    if (!read) return ClaimOutcome::abandoned;
    if (log.newest()) {
      if (const auto verdict = judge_content(job, *log.newest())) return *verdict;
    }
    if (!keep_job(job, log)) return ClaimOutcome::abandoned;

    const ClaimDecision decision = decide_claim(log.newest(), facts, settings_.retry);
    if (decision == ClaimDecision::finish) return ClaimOutcome::ended;
    if (decision == ClaimDecision::ask) {
      const ClaimOutcome answer = ask(facts, log);
      if (answer != ClaimOutcome::ended) return answer;
      continue;
    }
    const bool claim = decision == ClaimDecision::claim;
    const auto outcome = append(log, claim ? claim_step : set_aside_step);
    if (!outcome) return ClaimOutcome::abandoned;
    if (claim && *outcome == AppendOutcome::appended) return ClaimOutcome::claimed;
  }
}

std::optional<ClaimOutcome> Claimer::judge_content(const Job& job, const Record& newest) {
  const auto content = store_calls_.until_answered(
      StoreCalls::Wait::bounded,
      [&](TimePoint deadline) { return content_of(job, newest, ports_.store, deadline); },
      [this] { return give_up(); });
  if (!content) return ClaimOutcome::abandoned;
  switch (*content) {
    case Content::replaced:
      return ClaimOutcome::replaced;
    case Content::other:
      return ClaimOutcome::id_taken;
    case Content::same:
      break;
  }
  return std::nullopt;
}

// A queue can be purged, so the first to claim a job keeps it, apart from the log unless record 1
// can hold it. False if we gave up.
bool Claimer::keep_job(const Job& job, const JobLog& log) {
  const bool kept =
      log.newest() && (log.newest()->attempt.value > 0 || is_forgotten(*log.newest()));
  if (kept || fits_in_the_claim(job, log.newest())) return true;
  const auto create = [&](TimePoint deadline) {
    return ports_.store.create(StoreLayout(job.id).job(), job.body, deadline);
  };
  return store_calls_
      .until_answered(StoreCalls::Wait::bounded, create, [this] { return give_up(); })
      .has_value();
}

// `ended`: the owner's run has, one way or the other; the log says how.
ClaimOutcome Claimer::ask(const DeliveryFacts& facts, const JobLog& log) {
  inquiry_.emplace(log, facts, ports_.clock, settings_);
  // An owner whose delivery came back to the queue answers soon if it lives, so the slot waits:
  // were the job parked, its next attempt would have to wait for the one that the slot took
  // meanwhile.
  if (!same_message(*log.newest(), facts)) return ClaimOutcome::elsewhere;
  for (;;) {  // Ends with the patience at the latest, or with that of the events for a store that
              // is away.
    if (give_up()) return ClaimOutcome::abandoned;
    const Inquiry::Finding finding = inquiry_->look_if_due();
    if (inquiry_->store_was_away()) {
      store_calls_.away("the job's log could not be read");
    } else {
      store_calls_.answered();
    }
    switch (finding) {
      case Inquiry::Finding::answered:
        return ClaimOutcome::elsewhere;
      case Inquiry::Finding::free:
      case Inquiry::Finding::ended:
        return ClaimOutcome::ended;
      case Inquiry::Finding::open:
        static_cast<void>(events_.next(inquiry_->due()));
        break;
    }
  }
}

std::optional<AppendOutcome> Claimer::append(JobLog& log, const JobLog::Step& step) {
  return store_calls_.until_answered(
      StoreCalls::Wait::bounded,
      [&](TimePoint deadline) { return log.append_as_claimant(step, deadline); },
      [this] { return give_up(); });
}

}  // namespace holdfast
