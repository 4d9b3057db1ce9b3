#include "sim_broker.h"

#include <vector>

namespace holdfast::sim {

void SimBroker::put(Queued message) {
  queue_.push_back(std::move(message));
  hand_out();
}

void SimBroker::put_after(Duration delay, Queued message) {
  delayed_.insert(message.body);
  world_.at(world_.now() + delay, [this, message = std::move(message)] {
    delayed_.erase(delayed_.find(message.body));
    put(message);
  });
}

SimBroker::Connection& SimBroker::connect(const std::string& worker, Inbox<Event>& inbox) {
  return connections_.emplace_back(Connection{worker, &inbox, true, false, {}});
}

void SimBroker::give_back(Connection& connection) {
  if (!connection.held) return;
  Queued message = std::move(connection.held->second);
  connection.held.reset();
  message.redelivered = true;
  queue_.push_front(std::move(message));
}

void SimBroker::vanish(Connection& connection) {
  connection.inbox = nullptr;
  world_.at(world_.now() + world_.between(0s, 60s), [this, &connection] {
    connection.up = false;
    give_back(connection);
    hand_out();
  });
}

void SimBroker::lose(Connection& connection) {
  if (!connection.up) return;
  world_.note("broker loses " + connection.worker);
  connection.up = false;
  give_back(connection);
  world_.at(world_.now() + world_.between(0s, 30s), [this, &connection] {
    if (connection.inbox == nullptr) return;
    connection.inbox->post(ConnectionLost{"simulated"});
    world_.at(world_.now() + world_.between(0s, 60s), [this, &connection] {
      if (connection.inbox == nullptr) return;
      connection.up = true;
      connection.inbox->post(ConnectionMade{});
      hand_out();
    });
  });
  hand_out();
}

void SimBroker::want(Connection& connection) {
  connection.wants = true;
  hand_out();
}

void SimBroker::settle(Connection& connection, DeliveryTag tag, Settlement settlement) {
  // A delivery of a connection that was lost since is nobody's any more.
  if (!connection.up || !connection.held || connection.held->first != tag) return;
  if (settlement == Settlement::complete) {
    world_.note(connection.worker + " acknowledges " + connection.held->second.message_id);
    const Queued message = std::move(connection.held->second);
    connection.held.reset();
    if (on_complete) on_complete(message);
  } else {
    give_back(connection);
  }
  hand_out();
}

void SimBroker::hand_out() {
  while (!queue_.empty()) {
    std::vector<Connection*> takers;
    for (Connection& connection : connections_) {
      const bool free = connection.up && connection.wants && !connection.held;
      if (free && connection.inbox != nullptr) takers.push_back(&connection);
    }
    if (takers.empty()) return;
    Connection& taker = *takers[world_.random().below(takers.size())];
    taker.wants = false;
    taker.held = {DeliveryTag{next_tag_++}, queue_.front()};
    queue_.pop_front();
    world_.note("broker delivers " + taker.held->second.message_id + " to " + taker.worker);
    Delivery delivery;
    delivery.tag = taker.held->first;
    delivery.body = taker.held->second.body;
    delivery.message_id = taker.held->second.message_id;
    delivery.redelivered = taker.held->second.redelivered;
    taker.inbox->post(std::move(delivery));
  }
}

std::size_t SimBroker::copies(const std::string& body) const {
  std::size_t count = delayed_.count(body);
  for (const Queued& message : queue_) count += message.body == body ? 1 : 0;
  for (const Connection& connection : connections_) {
    count += connection.held && connection.held->second.body == body ? 1 : 0;
  }
  return count;
}

bool SimBroker::idle() const {
  if (!queue_.empty() || !delayed_.empty()) return false;
  for (const Connection& connection : connections_) {
    if (connection.held) return false;
  }
  return true;
}

}  // namespace holdfast::sim
