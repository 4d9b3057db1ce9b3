// The session's inbox with its standing facts: is the broker in sight, is the slot's delivery still
// ours, are we to drain. Events that only change a fact are taken here, the pocket is looked after
// whoever waits for whatever; all other events are handed on.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "holdfast/error.h"
#include "worker/context.h"
#include "worker/pocket.h"

namespace holdfast {

class Mail {
 public:
  // Borrows all.
  Mail(const WorkerPorts& ports, const WorkerSettings& settings, Pocket& pocket)
      : ports_(ports), settings_(settings), pocket_(pocket) {}

  // The next event that a caller has to act on; nullopt at `deadline`, or earlier when a fact
  // changed.
  std::optional<Event> next(TimePoint deadline);

  // The slot is free: when to give up unless the broker comes back; TimePoint::max() while it is
  // in sight.
  TimePoint give_up_at() const;
  // The queue is of no use to this worker any more.
  void lose_queue(const std::string& reason);

  bool draining() const noexcept { return draining_; }
  // Why this worker cannot go on, whatever it does; empty while it can.
  const std::string& failure() const noexcept { return failure_; }
  // Whether the session takes no further job.
  bool ending() const noexcept { return draining_ || !failure_.empty(); }

  // The store refuses us for good: stop the task, hand back, end.
  void fail(const std::string& reason);
  bool failed() const noexcept { return failed_; }

  // The slot works on `job` by this delivery until release(). It is held until the connection that
  // brought it is lost, and again when a message of the job comes back to us.
  void hold(const Delivery& delivery, const JobId* job);
  void release();
  bool holding() const noexcept { return slot_ && slot_->held; }
  DeliveryTag tag() const noexcept { return slot_->tag; }

  // Somebody else may have a message of the slot's job, and not be patient.
  bool exposed() const noexcept { return slot_ && slot_->exposed; }
  void expose() noexcept { slot_->exposed = true; }

  // While no task runs: the store did not answer, or did. A machine must not idle for ever, so the
  // mail fails once it has been away for away_max.
  void store_away(const std::string& why);
  void store_answered() noexcept { store_away_since_.reset(); }

  // How long a call to the store is repeated: no longer than a machine may idle, or, for a result
  // that would have to be computed again, until it answers.
  enum class Wait { bounded, for_a_result };

  // Calls `call(deadline)` again and again until it answers. nullopt when `give_up()` says so
  // while the store is out of reach, or it was for too long. Failures that will not pass are thrown
  // on.
  template <typename Call, typename GiveUp>
  auto until_answered(Wait wait, const Call& call, const GiveUp& give_up)
      -> std::optional<decltype(call(TimePoint{}))>;

 private:
  static constexpr Duration kTry = std::chrono::seconds(10);
  static constexpr Duration kPause = std::chrono::seconds(2);

  struct Slot {
    DeliveryTag tag;
    std::optional<JobId> job;
    bool held = true;
    bool exposed = false;
  };

  void look_at_pocket();
  void lose_deliveries();
  void connection_made();
  void take_in(const Delivery& delivery);
  void take_in_of_another(const Job& job, const Delivery& delivery);
  void note_unreachable(const Error& error);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Pocket& pocket_;
  std::optional<Slot> slot_;
  std::optional<TimePoint> disconnected_at_;
  bool draining_ = false;
  bool failed_ = false;
  std::string failure_;
  std::optional<TimePoint> store_away_since_;
};

template <typename Call, typename GiveUp>
auto Mail::until_answered(Wait wait, const Call& call, const GiveUp& give_up)
    -> std::optional<decltype(call(TimePoint{}))> {
  for (;;) {  // Ends when the store answers or the caller gives up.
    try {
      auto answer = call(ports_.clock.now() + kTry);
      store_answered();
      return answer;
    } catch (const Error& error) {
      if (!error.may_work_later()) throw;
      note_unreachable(error);
      if (wait == Wait::bounded) store_away(error.what());
    }
    for (const TimePoint resume = ports_.clock.now() + kPause; ports_.clock.now() < resume;) {
      if (give_up()) return std::nullopt;
      static_cast<void>(next(resume));
    }
  }
}

}  // namespace holdfast
