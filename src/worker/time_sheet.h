// Writes down where the time of one attempt goes (core/time_account.h). One thread.
#pragma once

#include "base/time.h"
#include "core/ending.h"
#include "core/time_account.h"

namespace holdfast {

class TimeSheet {
 public:
  void claimed(TimePoint now) { claimed_ = now; }
  void program_started(TimePoint now) { started_ = now; }
  void program_ended(TimePoint now) { ended_ = now; }
  // The program stood still; it stands no more.
  void stood_still(Duration length) { frozen_ += length; }

  // Up to `instant`, which a checkpoint shows, while the program runs. What it stood still for that
  // checkpoint comes later.
  TimeAccount until(TimePoint instant) const;
  // A checkpoint that shows this is committed.
  void durable(const TimeAccount& account) { durable_ = account; }

  // All of it. `all_kept`: what the program did until its end is in a checkpoint or the result.
  TimeAccount total(TimePoint now, Ending ending, bool all_kept) const;

 private:
  TimePoint claimed_;
  TimePoint started_ = TimePoint::max();  // max(): not yet. Likewise below.
  TimePoint ended_ = TimePoint::max();
  Duration frozen_{0};
  TimeAccount durable_;
};

}  // namespace holdfast
