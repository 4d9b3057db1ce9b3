// The deliveries of jobs that others run: kept unacknowledged beside the slot's own, so that no
// slot waits for an owner elsewhere. Each is watched; it is settled when its job has ended, and
// when its owner falls silent the slot takes it, or, if the slot is busy, somebody else. One
// thread.
#pragma once

#include <cstddef>
#include <list>
#include <optional>

#include "core/job.h"
#include "worker/context.h"
#include "worker/inquiry.h"

namespace holdfast {

class ParkedDeliveries {
 public:
  // Borrows both.
  ParkedDeliveries(const WorkerPorts& ports, const WorkerSettings& settings)
      : ports_(ports), settings_(settings) {}

  bool empty() const { return parked_.empty(); }
  bool full() const { return parked_.size() >= settings_.parked_max; }
  // A message of this job; one of another job with its id does not count.
  bool holds(const Job& job) const;

  void park(const Job& job, const Delivery& delivery, const Inquiry& inquiry);

  // When look_if_due() has something to do.
  TimePoint due() const;
  // Looks after one of them. Throws Error: the store refuses us.
  void look_if_due(bool slot_busy);

  // The transfer thread has carried out what was asked for a job in here.
  void handle(const ParkedAnswer& answer);

  // One that the slot has to look after now: its job may be claimed, or its end be finished.
  std::optional<Delivery> take_ready();

  // The worker ends: others may have them now.
  void hand_back_all();
  // They came by a connection that is lost.
  void forget_all() { parked_.clear(); }

 private:
  enum class Stage {
    elsewhere,   // Somebody runs it.
    publishing,  // It is completed; its outputs are being published.
    free,        // It may be claimed.
    ended,       // What is left of its end is the slot's to do.
  };
  struct Parked {
    Job job;
    Delivery delivery;
    Inquiry inquiry;
    Stage stage = Stage::elsewhere;
    TimePoint publish_at{};
  };
  using Place = std::list<Parked>::iterator;

  TimePoint due(const Parked& parked) const;
  void look(Place place);
  void look_at_end(Place place);
  void settle(Place place, Settlement settlement);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  std::list<Parked> parked_;  // At most parked_max, the oldest first.
};

}  // namespace holdfast
