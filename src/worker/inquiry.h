// What a claimant does about a job that somebody else seems to run: it looks at the log now and
// then, asks whether the owner lives, and waits for its next sign. It never waits itself, so a
// worker can make many while its slot does something else. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/claim.h"
#include "joblog/job_log.h"
#include "worker/context.h"

namespace holdfast {

class Inquiry {
 public:
  enum class [[nodiscard]] Finding{
      open,      // Nothing is known yet.
      answered,  // The owner lives: it was asked, or gave a sign by itself.
      free,      // The job waits; an owner that fell silent is noted as lost in the log.
      ended,     // Completed, dead or cancelled.
  };

  // `log` has been read and shows the job running. The first question is due at once. Borrows clock
  // and settings.
  Inquiry(const JobLog& log, DeliveryFacts facts, const Clock& clock,
          const WorkerSettings& settings);

  // When look_if_due() has something to do.
  TimePoint due() const;

  // A store that is out of reach is looked at again later. Throws Error (rejected, corrupt).
  Finding look_if_due();

  const Record& newest() const { return *log_.newest(); }
  // Whether the last look found no answer.
  bool store_was_away() const noexcept { return store_was_away_; }

 private:
  enum class Step { ask, give_up };

  Finding look();
  Finding append(Step step);
  void wait(Duration length);

  JobLog log_;
  const DeliveryFacts facts_;
  const Clock& clock_;
  const WorkerSettings& settings_;
  std::uint64_t signs_;  // Of life, when the wait began.
  bool asking_ = false;  // We wait for an answer, not for the next question.
  Duration pause_{0};    // Between an answer and the next question.
  Duration length_{0};   // Of this wait.
  TimePoint until_;
  TimePoint next_look_;
  std::optional<Step> unsure_;  // It may stand in the log or not: it comes before anything else.
  bool store_was_away_ = false;
  std::string asked_at_;  // Wall time, for records. Who does not answer was gone by then.
};

}  // namespace holdfast
