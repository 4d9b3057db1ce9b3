// The session's inbox with its standing facts: is the broker in sight, is the slot's delivery still
// ours, are we to drain. Events that only change a fact are handled here, and every wait also looks
// after the parked deliveries; all other events are handed on.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "worker/context.h"
#include "worker/parked_deliveries.h"
#include "worker/slot.h"

namespace holdfast {

class SessionEvents {
 public:
  // Borrows all.
  SessionEvents(const WorkerPorts& ports, const WorkerSettings& settings, Slot& slot,
                ParkedDeliveries& parked)
      : ports_(ports), settings_(settings), slot_(slot), parked_(parked) {}

  // The next event that a caller has to act on; nullopt at `deadline`, or earlier when a fact
  // changed.
  std::optional<Event> next(TimePoint deadline);

  // The slot is free: when to give up unless the broker comes back; TimePoint::max() while it is
  // in sight.
  TimePoint give_up_at() const;
  // Why the broker refuses us; nullopt while it does not. Who holds a job waits for that to change.
  const std::optional<std::string>& denied() const noexcept { return denied_; }
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

 private:
  void look_at_parked();
  void lose_deliveries();
  void connection_made();
  void connection_lost(const ConnectionLost& lost);
  void take_in(const Delivery& delivery);
  void take_in_of_another(const Job& job, const Delivery& delivery);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Slot& slot_;
  ParkedDeliveries& parked_;
  std::optional<TimePoint> disconnected_at_;
  std::optional<std::string> denied_;
  bool draining_ = false;
  bool failed_ = false;
  std::string failure_;
};

}  // namespace holdfast
