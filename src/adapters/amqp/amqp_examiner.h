// Looks at a broker and at the queues of a job queue: what there is, what we may do, and whether
// what is set aside arrives. Changes nothing that lasts.
#pragma once

#include <optional>
#include <string>

#include "adapters/amqp/amqp_admin.h"
#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/dead_letter_trial.h"
#include "adapters/amqp/management_reading.h"
#include "adapters/amqp/queue_look.h"
#include "base/random.h"
#include "ports/clock.h"
#include "ports/examination.h"

namespace holdfast {

class AmqpExaminer {
 public:
  // `fetch` may be empty. Borrows the clock.
  AmqpExaminer(BrokerAccess access, std::string queue, FetchFromManagement fetch,
               const Clock& clock);

  // No step may take longer than `step`; the whole may. Never throws Error: what stands in the way
  // is a fact, too.
  BrokerFacts examine(Duration step);

 private:
  TimePoint soon() const { return clock_.now() + step_; }
  void look_at_queues(Connection& connection);
  void look_at_permissions(Connection& connection);
  void try_dead_letters(Connection& connection);
  // nullopt if the queue has none.
  std::optional<DeadLetterRoute> dead_letter_route() const;
  // As the job queue is, also where only the management interface knows.
  QueueSpec shape() const;
  // True if there is nothing more to learn. `own_queue` has a consumer; empty: there is none yet.
  bool learn_hold_limit(const std::string& own_queue);

  const BrokerAccess access_;
  const std::string queue_;
  const FetchFromManagement fetch_;
  const Clock& clock_;
  Random random_ = Random::from_system();

  Duration step_{};
  BrokerFacts facts_;
  std::optional<QueueLook> job_queue_;  // Once it was looked at.
  std::optional<ManagedQueue> managed_;
};

}  // namespace holdfast
