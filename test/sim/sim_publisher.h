// A worker's way to put messages into the queue: confirms come late, or never, and then the message
// is sent again; what a worker had not sent when it died is lost with it.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "network.h"
#include "ports/queue.h"
#include "sim_broker.h"

namespace holdfast::sim {

class SimPublisher final : public Publisher {
 public:
  SimPublisher(Actor& actor, std::string worker, SimBroker& broker, Network& network,
               const Faults& faults, std::function<TimePoint(TimePoint)> to_world);
  // The process is gone.
  ~SimPublisher() override;

  // Called when a message has been taken and is on its way.
  std::function<void()> on_sent;

  std::uint64_t send(Message message, TimePoint deadline) override;
  std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override;
  std::size_t unconfirmed() const override;

 private:
  struct Outbox {
    bool alive = true;
    std::set<std::uint64_t> unconfirmed;
    std::vector<std::uint64_t> confirmed;
  };
  class Wire;

  Actor& actor_;
  const std::string worker_;
  Network& network_;
  const Faults& faults_;
  const std::function<TimePoint(TimePoint)> to_world_;
  std::uint64_t sent_ = 0;
  std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>();
  std::shared_ptr<Wire> wire_;
};

}  // namespace holdfast::sim
