// Publishes to a job queue and the queues beside it, over a connection of its own that is opened by
// the first send().
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/backoff.h"
#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/broker_event.h"
#include "adapters/amqp/outgoing_messages.h"
#include "holdfast/error.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class AmqpPublisher final : public Publisher {
 public:
  AmqpPublisher(BrokerAccess access, std::string queue, Clock& clock);
  ~AmqpPublisher() override;

  // A dead-letter or retry queue that is absent is made. A message whose job queue is absent is
  // given up with an Error (denied); after any other one all unconfirmed messages are.
  std::uint64_t send(Message message, TimePoint deadline) override;
  std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override;
  std::size_t unconfirmed() const override { return messages_.unconfirmed(); }

 private:
  bool may_take_one() const;
  void push(TimePoint deadline);
  void listen(TimePoint deadline);
  void connect(TimePoint deadline);
  void take_events(TimePoint deadline);
  void take(const BrokerEvent& event);
  void lose(const Error& error);
  void throw_failure();

  BrokerAccess access_;
  std::string queue_;
  Clock& clock_;

  std::unique_ptr<Connection> connection_;
  OutgoingMessages messages_;
  TimePoint heard_at_{};
  TimePoint retry_at_{};
  Backoff backoff_;
  std::string last_loss_;
  std::optional<Error> failure_;  // Denied or rejected, to be thrown by the call at hand.
};

}  // namespace holdfast
