#include "sim_broker.h"

#include <vector>

namespace holdfast::sim {

SimBroker::SimBroker(World& world, const Faults& faults, Network& network)
    : world_(world), faults_(faults), network_(network) {
  network.on_broker_away = [this](const std::string& worker) {
    for (Connection& connection : connections_) {
      if (worker.empty() || worker == connection.worker) drop(connection, 30s);
    }
    hand_out();
  };
}

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
  Connection& connection = connections_.emplace_back(Connection{worker, &inbox});
  if (network_.broker_away(worker)) {
    connection.up = false;
    inbox.post(ConnectionLost{"simulated"});
    come_back(connection);
  }
  return connection;
}

void SimBroker::come_back(Connection& connection) {
  world_.at(world_.now() + world_.between(0s, 60s), [this, &connection] {
    if (connection.inbox == nullptr) return;
    if (network_.broker_away(connection.worker)) return come_back(connection);
    connection.up = true;
    connection.inbox->post(ConnectionMade{});
    hand_out();
  });
}

void SimBroker::give_back(Queued message) {
  message.returns += 1;
  if (faults_.delivery_limit && message.returns > *faults_.delivery_limit) {
    // Its holders died between delivery and renewal, twice in a row: that is not promised. A person
    // would put it back.
    world_.note("the queue's limit sets " + message.message_id + " aside");
    world_.mark("delivery limit reached");
    message.returns = 0;
  }
  queue_.push_front(std::move(message));
}

void SimBroker::give_back_all(Connection& connection) {
  while (!connection.held.empty()) {
    give_back(std::move(connection.held.extract(connection.held.begin()).mapped()));
  }
}

void SimBroker::vanish(Connection& connection, bool takes_leave) {
  connection.inbox = nullptr;
  const Duration noticed = takes_leave ? 0s : world_.between(0s, 60s);
  world_.at(world_.now() + noticed, [this, &connection] {
    connection.up = false;
    give_back_all(connection);
    hand_out();
  });
}

void SimBroker::lose(Connection& connection) {
  drop(connection, 30s);
  hand_out();
}

void SimBroker::drop(Connection& connection, Duration noticed_within) {
  if (!connection.up) return;
  world_.note("broker loses " + connection.worker);
  connection.up = false;
  connection.lost_at = world_.now();
  give_back_all(connection);
  world_.at(world_.now() + world_.between(0s, noticed_within), [this, &connection] {
    if (connection.inbox == nullptr) return;
    connection.inbox->post(ConnectionLost{"simulated"});
    come_back(connection);
  });
}

void SimBroker::restart() {
  world_.note("broker restarts");
  for (Connection& connection : connections_) drop(connection, 1s);
}

void SimBroker::want(Connection& connection, bool one) {
  connection.wants = one;
  hand_out();
}

void SimBroker::settle(Connection& connection, DeliveryTag tag, Settlement settlement) {
  // A delivery of a connection that was lost since is nobody's any more.
  if (!connection.up || !connection.held.contains(tag)) return;
  Queued message = std::move(connection.held.extract(tag).mapped());
  if (settlement == Settlement::complete) {
    world_.note(connection.worker + " acknowledges " + message.message_id);
    if (on_complete) on_complete(message);
  } else {
    world_.note(connection.worker + " hands back " + message.message_id);
    give_back(std::move(message));
  }
  hand_out();
}

void SimBroker::hand_out() {
  while (!queue_.empty()) {
    std::vector<Connection*> takers;
    for (Connection& connection : connections_) {
      const bool free = connection.up && connection.wants;
      if (free && connection.inbox != nullptr) takers.push_back(&connection);
    }
    if (takers.empty()) return;
    Connection& taker = *takers[world_.random().below(takers.size())];
    taker.wants = false;
    const DeliveryTag tag{next_tag_++};
    Queued& message = taker.held.emplace(tag, std::move(queue_.front())).first->second;
    message.delivered_at = world_.now();
    queue_.pop_front();
    world_.note("broker delivers " + message.message_id + " to " + taker.worker);
    Delivery delivery;
    delivery.tag = tag;
    delivery.body = message.body;
    delivery.message_id = message.message_id;
    delivery.redelivered = message.returns > 0;
    delivery.returns = message.returns;
    taker.inbox->post(std::move(delivery));
  }
}

std::size_t SimBroker::copies(const std::string& body) const {
  std::size_t count = delayed_.count(body);
  for (const Queued& message : queue_) count += message.body == body ? 1 : 0;
  for (const Connection& connection : connections_) {
    for (const auto& [tag, message] : connection.held) count += message.body == body ? 1 : 0;
  }
  return count;
}

std::uint64_t SimBroker::returns_of(const std::string& message_id,
                                    const std::string& worker) const {
  for (const Connection& connection : connections_) {
    // It may still take itself for the holder of what it held before.
    const bool lost_lately = world_.now() - connection.lost_at < std::chrono::minutes(10);
    if (connection.worker != worker || lost_lately) continue;
    for (const auto& [tag, message] : connection.held) {
      if (message.message_id == message_id) return message.returns;
    }
  }
  return 0;
}

const SimBroker::Queued* SimBroker::held_by(const std::string& worker,
                                            const std::string& body) const {
  for (const Connection& connection : connections_) {
    if (connection.worker != worker) continue;
    for (const auto& [tag, message] : connection.held) {
      if (message.body == body) return &message;
    }
  }
  return nullptr;
}

bool SimBroker::idle() const {
  if (!queue_.empty() || !delayed_.empty()) return false;
  for (const Connection& connection : connections_) {
    if (!connection.held.empty()) return false;
  }
  return true;
}

}  // namespace holdfast::sim
