// The queue of a simulated world: redelivers, notices dead connections late, delivers the same job
// twice, delays retries, and may have a limit on how often a message comes back.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mailbox.h"
#include "network.h"
#include "ports/queue.h"
#include "worker/context.h"
#include "world.h"

namespace holdfast::sim {

class SimBroker {
 public:
  SimBroker(World& world, const Faults& faults, Network& network);

  struct Queued {
    std::string body;
    std::string message_id;
    std::uint64_t returns = 0;
    TimePoint delivered_at{};
  };

  // One worker's connection.
  struct Connection {
    std::string worker;
    Inbox<Event>* inbox = nullptr;
    bool up = true;
    bool wants = false;
    TimePoint lost_at{};
    std::map<DeliveryTag, Queued> held = {};
  };

  void put(Queued message);
  void put_after(Duration delay, Queued message);

  Connection& connect(const std::string& worker, Inbox<Event>& inbox);
  // The worker's process is gone; the broker notices within a minute, or at once if it took its
  // leave.
  void vanish(Connection& connection, bool takes_leave);
  // The connection breaks; the broker notices at once, the worker within half a minute.
  void lose(Connection& connection);
  // The broker restarts: every connection breaks, and every worker knows at once.
  void restart();

  void want(Connection& connection, bool one);
  void settle(Connection& connection, DeliveryTag tag, Settlement settlement);

  // A dead letter.
  void put_aside(const Queued& message) { dead_.insert(message.body); }
  // Takes the dead letters with this body out; false if there is none.
  bool take_dead(const std::string& body) { return dead_.erase(body) > 0; }
  // The bodies of all dead letters.
  std::vector<std::string> dead() const { return {dead_.begin(), dead_.end()}; }
  bool is_dead(const std::string& body) const { return dead_.contains(body); }

  // Called when a message has left the queue for good.
  std::function<void(const Queued&)> on_complete;

  // How many messages with this body there are, wherever they wait.
  std::size_t copies(const std::string& body) const;

  // Of a message that `worker` holds by a connection that was not lost lately.
  std::uint64_t returns_of(const std::string& message_id, const std::string& worker) const;
  // A message with this body that `worker` holds; nullptr: none.
  const Queued* held_by(const std::string& worker, const std::string& body) const;

  bool idle() const;

 private:
  void drop(Connection& connection, Duration noticed_within);
  void come_back(Connection& connection);
  void hand_out();
  void give_back(Queued message);
  void give_back_all(Connection& connection);

  World& world_;
  const Faults& faults_;
  Network& network_;
  std::deque<Queued> queue_;
  std::multiset<std::string> delayed_;  // Bodies.
  std::multiset<std::string> dead_;     // Bodies.
  std::deque<Connection> connections_;  // Of all workers that ever were; addresses stay.
  std::uint64_t next_tag_ = 1;
};

}  // namespace holdfast::sim
