// The queue of a simulated world: redelivers, notices dead connections late, delivers the same job
// twice, delays retries.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/mailbox.h"
#include "faults.h"
#include "ports/queue.h"
#include "worker/context.h"
#include "world.h"

namespace holdfast::sim {

class SimBroker {
 public:
  SimBroker(World& world, const Faults& faults) : world_(world), faults_(faults) {}

  struct Queued {
    std::string body;
    std::string message_id;
    bool redelivered = false;
  };

  // One worker's connection.
  struct Connection {
    std::string worker;
    Inbox<Event>* inbox = nullptr;
    bool up = true;
    bool wants = false;
    std::optional<std::pair<DeliveryTag, Queued>> held;
  };

  void put(Queued message);
  void put_after(Duration delay, Queued message);

  Connection& connect(const std::string& worker, Inbox<Event>& inbox);
  // The worker's process is gone; the broker notices within a minute.
  void vanish(Connection& connection);
  // The connection breaks; the broker notices at once, the worker within half a minute.
  void lose(Connection& connection);

  void want(Connection& connection);
  void settle(Connection& connection, DeliveryTag tag, Settlement settlement);

  // Called when a message has left the queue for good.
  std::function<void(const Queued&)> on_complete;

  // How many messages with this body there are, wherever they wait.
  std::size_t copies(const std::string& body) const;

  bool idle() const;

 private:
  void hand_out();
  void give_back(Connection& connection);

  World& world_;
  const Faults& faults_;
  std::deque<Queued> queue_;
  std::multiset<std::string> delayed_;  // Bodies.
  std::deque<Connection> connections_;  // Of all workers that ever were; addresses stay.
  std::uint64_t next_tag_ = 1;
};

}  // namespace holdfast::sim
