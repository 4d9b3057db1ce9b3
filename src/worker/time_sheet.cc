#include "worker/time_sheet.h"

#include <algorithm>

#include "worker/durability.h"

namespace holdfast {

TimeAccount TimeSheet::until(TimePoint instant) const {
  TimeAccount account;
  const TimePoint end = std::min(instant, ended_);
  account.restoring = whole_milliseconds(std::min(started_, end) - claimed_);
  if (started_ >= end) return account;
  account.frozen = whole_milliseconds(frozen_);
  account.useful = whole_milliseconds(end - started_ - frozen_);
  return account;
}

TimeAccount TimeSheet::total(TimePoint now, Ending ending, bool all_kept) const {
  const TimePoint ended = std::min(ended_, now);
  TimeAccount account = until(ended);
  account.storing = whole_milliseconds(now - ended);
  if (all_kept) return account;
  const std::uint64_t kept = std::min(durable_.useful, account.useful);
  const std::uint64_t gone = account.useful - kept;
  account.useful = kept;
  // Who is asked to stop for his own sake has failed, too.
  const bool own_fault = counts_as_failure(ending) || ending == Ending::refused ||
                         ending == Ending::timed_out || ending == Ending::stalled;
  (own_fault ? account.failed : account.lost) += gone;
  return account;
}

}  // namespace holdfast
