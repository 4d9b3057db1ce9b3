#include "worker/claimer.h"

#include <algorithm>

#include "base/log.h"
#include "core/store_layout.h"
#include "core/transition.h"

namespace holdfast {

namespace {

// How long a claimant that was answered waits before it asks again, at most.
constexpr Duration kAskPauseMax = std::chrono::minutes(10);
// A look that takes longer met a store that was out of reach.
constexpr Duration kOutage = std::chrono::seconds(2);
// How often it looks meanwhile.
constexpr Duration kLookEvery = std::chrono::seconds(5);

}  // namespace

ClaimOutcome Claimer::claim(const Job& job, const Delivery& delivery, const std::string& attempt_id,
                            JobLog& log) {
  const DeliveryFacts facts{delivery.message_id, delivery.redelivered,
                            delivery.earlier_holder_gone};
  const auto give_up = [this] { return mail_.ending() || !mail_.holding(); };
  const Claimant claimant{attempt_id, settings_.worker, delivery.message_id,
                          to_text(ports_.clock.wall())};
  const JobLog::Step claim_step = [&](const std::optional<Record>& newest) {
    Record record = claimed(newest, claimant);
    // Small jobs are kept in the log itself: a queue can be purged.
    if (!newest && job.body.size() <= kInlineJobBytesMax) record.job = job.body;
    return record;
  };
  Duration ask_pause{0};

  for (;;) {  // Ends when the job is ours, has ended, or we give up.
    if (give_up()) return ClaimOutcome::abandoned;
    const auto read =
        mail_.until_answered([&](TimePoint deadline) { return log.read(deadline); }, give_up);
    if (!read) return ClaimOutcome::abandoned;
    if (!log.newest() && job.body.size() > kInlineJobBytesMax) {
      const auto kept = mail_.until_answered(
          [&](TimePoint deadline) {
            return ports_.store.create(StoreLayout(job.id).job(), job.body, deadline);
          },
          give_up);
      if (!kept) return ClaimOutcome::abandoned;
    }

    switch (decide_claim(log.newest(), facts, settings_.retry)) {
      case ClaimDecision::finish:
        return ClaimOutcome::ended;
      case ClaimDecision::set_aside: {
        const Record& newest = *log.newest();
        const EndingNote note{
            newest.attempt, Ending::lost, newest.worker,
            std::to_string(newest.attempts_since_progress) + " attempts without progress",
            to_text(ports_.clock.wall())};
        const auto outcome = append(log, [&](const std::optional<Record>& before) {
          return dead(*before, "no_progress", note);
        });
        if (!outcome) return ClaimOutcome::abandoned;
        continue;
      }
      case ClaimDecision::ask: {
        const Answer answer = ask(facts, ask_pause, log);
        if (answer == Answer::abandoned) return ClaimOutcome::abandoned;
        if (answer == Answer::came) {
          const Duration first = settings_.patience.submitted_twice;
          ask_pause = std::min(std::max(ask_pause * 2, first), kAskPauseMax);
          continue;
        }
        if (log.newest()->attempts_since_progress >= settings_.retry.attempts_max) {
          // The owner is gone; its attempt counts like any other that ended without a word.
          const std::string when = to_text(ports_.clock.wall());
          const auto outcome = append(log, [&](const std::optional<Record>& before) {
            return handed_back(*before, {before->attempt, Ending::lost, before->worker,
                                         "its worker vanished or did not answer", when});
          });
          if (!outcome) return ClaimOutcome::abandoned;
          continue;
        }
        break;
      }
      case ClaimDecision::claim:
        break;
    }
    const auto outcome = append(log, claim_step);
    if (!outcome) return ClaimOutcome::abandoned;
    if (*outcome == AppendOutcome::appended) return ClaimOutcome::claimed;
  }
}

// Waits `pause`, asks, and waits for the owner's next sign of life.
Claimer::Answer Claimer::ask(const DeliveryFacts& facts, Duration pause, JobLog& job_log) {
  const auto give_up = [this] { return mail_.ending() || !mail_.holding(); };
  const std::uint64_t signs_before = job_log.newest()->signs_of_life;

  // True when the owner gave a sign, or no longer is the owner.
  const auto wait = [&](Duration time) -> std::optional<bool> {
    TimePoint until = ports_.clock.now() + time;
    while (ports_.clock.now() < until) {
      static_cast<void>(mail_.next(std::min(until, ports_.clock.now() + kLookEvery)));
      if (give_up()) return std::nullopt;
      const TimePoint before = ports_.clock.now();
      const auto looked =
          mail_.until_answered([&](TimePoint deadline) { return job_log.look(deadline); }, give_up);
      if (!looked) return std::nullopt;
      if (job_log.newest()->signs_of_life != signs_before) return true;
      // The store was away: maybe for the owner, too, who could not answer then.
      const TimePoint now = ports_.clock.now();
      if (now - before >= kOutage) until = now + time;
    }
    return false;
  };

  if (const auto sign = wait(pause); !sign || *sign) {
    return sign ? Answer::came : Answer::abandoned;
  }
  const auto outcome = append(job_log, [this](const std::optional<Record>& newest) {
    return asked(*newest, settings_.worker);
  });
  if (!outcome) return Answer::abandoned;
  if (*outcome == AppendOutcome::superseded) return Answer::came;
  const Duration patience = patience_for(*job_log.newest(), facts, settings_.patience);
  log(LogLevel::info, "owner asked",
      {{"owner", job_log.newest()->worker},
       {"patience_s", std::chrono::duration<double>(patience).count()}});
  const auto sign = wait(patience);
  if (!sign) return Answer::abandoned;
  return *sign ? Answer::came : Answer::none;
}

std::optional<AppendOutcome> Claimer::append(JobLog& log, const JobLog::Step& step) {
  return mail_.until_answered([&](TimePoint deadline) { return log.append("", step, deadline); },
                              [this] { return mail_.ending() || !mail_.holding(); });
}

}  // namespace holdfast
