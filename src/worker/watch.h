// Reads the owner's log from the claim to the end: answers other workers that ask whether the owner
// is alive, and notices that a newer attempt has taken the job. One thread.
#pragma once

#include <string>

#include "joblog/job_log.h"
#include "worker/context.h"
#include "worker/session_events.h"
#include "worker/slot.h"

namespace holdfast {

class Watch {
 public:
  // Borrows everything but the id.
  Watch(const Clock& clock, const WorkerSettings& settings, Slot& slot, SessionEvents& events,
        JobLog& log, std::string attempt_id);

  // When look_if_due() has something to do; far away once superseded. Who may be asked by somebody
  // that is not patient looks often.
  TimePoint due() const;

  // Looks and answers. A store that is out of reach is looked at again later; one that refuses
  // makes the events fail. Not while an append of the same log is unknown
  // (JobLog::append_as_owner).
  void look_if_due();

  // An append shows the same as a look.
  void looked() {
    last_look_ = clock_.now();
    store_answers_ = true;
  }

  bool superseded() const noexcept { return superseded_; }
  // Whether the store answered when it was last looked at.
  bool store_answers() const noexcept { return store_answers_; }

 private:
  const Clock& clock_;
  const WorkerSettings& settings_;
  Slot& slot_;
  SessionEvents& events_;
  JobLog& log_;
  const std::string attempt_id_;
  TimePoint last_look_;
  bool superseded_ = false;
  bool store_answers_ = true;
};

}  // namespace holdfast
