// The session's inbox with its standing facts: is the broker in sight, is our delivery still ours,
// are we to drain. Events that only change a fact are taken here; all others are handed on.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "holdfast/error.h"
#include "worker/context.h"

namespace holdfast {

class Mail {
 public:
  Mail(const Clock& clock, Inbox<Event>& inbox, WorkerBoard& board)
      : clock_(clock), inbox_(inbox), board_(board) {}

  // The next event that a caller has to act on; nullopt at `deadline`, or earlier when a fact
  // changed.
  std::optional<Event> next(TimePoint deadline);

  bool connected() const noexcept { return connected_; }
  bool draining() const noexcept { return draining_; }
  // Why this worker cannot go on, whatever it does; empty while it can.
  const std::string& failure() const noexcept { return failure_; }
  // Whether the session takes no further job.
  bool ending() const noexcept { return draining_ || !failure_.empty(); }

  // The store refuses us for good: stop the task, hand back, end.
  void fail(const std::string& reason);
  bool failed() const noexcept { return failed_; }

  // A delivery is held from hold() until the connection that brought it is lost.
  void hold() noexcept { holding_ = true; }
  bool holding() const noexcept { return holding_; }

  // Calls `call(deadline)` again and again until it answers. nullopt when `give_up()` says so
  // while the store is out of reach. Failures that will not pass are thrown on.
  template <typename Call, typename GiveUp>
  auto until_answered(const Call& call, const GiveUp& give_up)
      -> std::optional<decltype(call(TimePoint{}))>;

 private:
  static constexpr Duration kTry = std::chrono::seconds(10);
  static constexpr Duration kPause = std::chrono::seconds(2);

  void note_unreachable(const Error& error);

  const Clock& clock_;
  Inbox<Event>& inbox_;
  WorkerBoard& board_;
  bool connected_ = true;
  bool draining_ = false;
  bool holding_ = false;
  bool failed_ = false;
  std::string failure_;
};

template <typename Call, typename GiveUp>
auto Mail::until_answered(const Call& call, const GiveUp& give_up)
    -> std::optional<decltype(call(TimePoint{}))> {
  for (;;) {  // Ends when the store answers or the caller gives up.
    try {
      return call(clock_.now() + kTry);
    } catch (const Error& error) {
      if (!error.may_work_later()) throw;
      note_unreachable(error);
    }
    for (const TimePoint resume = clock_.now() + kPause; clock_.now() < resume;) {
      if (give_up()) return std::nullopt;
      static_cast<void>(next(resume));
    }
  }
}

}  // namespace holdfast
