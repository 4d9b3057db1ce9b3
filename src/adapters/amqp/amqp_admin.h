// Looks after the queues on a broker. Each call makes a connection and closes it.
#pragma once

#include <optional>
#include <string>

#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/management_reading.h"
#include "adapters/amqp/topology.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class Connection;

class AmqpAdmin final : public QueueAdmin {
 public:
  // `fetch` may be empty: then nobody knows how many messages are in flight, nor what policies say.
  AmqpAdmin(BrokerAccess access, std::string queue, FetchFromManagement fetch, const Clock& clock);

  // Brokers before 4.3 do not say when x-consumer-timeout differs.
  std::vector<SetupFinding> setup(TimePoint deadline) override;
  // Error (denied) if there is no job queue. What is in flight is some seconds old.
  QueueCounts counts(TimePoint deadline) override;
  // A small one if we may not ask.
  std::optional<std::uint64_t> delivery_limit(TimePoint deadline) override;
  std::vector<std::string> losses(TimePoint deadline) override;

 private:
  SetupFinding set_up(Connection& connection, const QueueSpec& spec, TimePoint deadline);
  [[noreturn]] void throw_absent() const;
  std::optional<std::uint64_t> in_flight() const;

  BrokerAccess access_;
  std::string queue_;
  FetchFromManagement fetch_;
  const Clock& clock_;
};

}  // namespace holdfast
