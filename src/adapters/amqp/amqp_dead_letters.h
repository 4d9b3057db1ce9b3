// The dead letters on a broker, or its held jobs: fetched over a connection of its own, handed back
// in the end.
//
// A queue with a delivery limit throws away what comes back too often, and by a policy any queue
// may have one. So a letter goes back once: one that did already is replaced by a fresh copy
// first, which follows at the end of the queue.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <set>
#include <string>

#include "adapters/amqp/amqp_publisher.h"
#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/broker_event.h"
#include "ports/clock.h"
#include "ports/dead_letters.h"

namespace holdfast {

class Connection;

class AmqpDeadLetters final : public DeadLetters {
 public:
  // How many letters are fetched ahead.
  static constexpr std::size_t kAheadMax = 32;

  // Of the job queue `queue`; `kept_in` is dead or held. No such queue is the same as an empty one.
  AmqpDeadLetters(BrokerAccess access, std::string queue, Clock& clock,
                  Destination kept_in = Destination::dead);
  ~AmqpDeadLetters() override;

  std::optional<DeadLetter> next(TimePoint deadline) override;
  void remove(TimePoint deadline) override;

 private:
  void connect(TimePoint deadline);
  void fetch(TimePoint deadline);
  void take(BrokerDelivery delivery);
  void replace_returned(TimePoint deadline);

  BrokerAccess access_;
  std::string queue_;
  Destination kept_in_;
  std::string kept_queue_;
  Clock& clock_;
  AmqpPublisher publisher_;
  std::unique_ptr<Connection> connection_;
  bool ended_ = false;  // The queue was empty, or there is none.
  std::deque<BrokerDelivery> fetched_;
  std::set<std::uint64_t> held_;         // The broker's tags of all that are to go back.
  std::deque<BrokerDelivery> returned_;  // Those to be replaced.
  std::uint64_t at_hand_ = 0;            // The broker's tag; 0: none.
};

}  // namespace holdfast
