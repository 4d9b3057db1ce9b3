#include "sim_publisher.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "holdfast/error.h"

namespace holdfast::sim {

// What happens to a message once it was taken. Lives as long as messages are on their way.
class SimPublisher::Wire : public std::enable_shared_from_this<Wire> {
 public:
  Wire(World& world, std::string worker, SimBroker& broker, Network& network, const Faults& faults,
       std::shared_ptr<Outbox> outbox)
      : world_(world),
        worker_(std::move(worker)),
        broker_(broker),
        network_(network),
        faults_(faults),
        outbox_(std::move(outbox)) {}

  void transmit(std::uint64_t number, const Message& message) {
    // What has left the machine arrives, also if its sender dies now.
    const bool left = world_.chance(0.5);
    world_.at(world_.now() + delay("message late"),
              [self = shared_from_this(), number, message, left] {
                self->arrive(number, message, left);
              });
  }

 private:
  Duration delay(const char* mark) {
    if (!network_.faulty() || !world_.chance(faults_.publish_late))
      return world_.between(1ms, 50ms);
    world_.mark(mark);
    return world_.between(1s, 180s);
  }

  void again(std::uint64_t number, const Message& message) {
    world_.at(world_.now() + world_.between(1s, 30s), [self = shared_from_this(), number, message] {
      if (self->outbox_->alive) self->transmit(number, message);
    });
  }

  void arrive(std::uint64_t number, const Message& message, bool left) {
    if (!outbox_->alive && !left) {
      world_.mark("message dies with its sender");
      return;
    }
    if (network_.broker_away(worker_)) return again(number, message);
    if (!outbox_->alive) world_.mark("message outlives its sender");
    const SimBroker::Queued queued{message.body, message.message_id};
    switch (message.destination) {
      case Destination::queue:
        broker_.put(queued);
        break;
      case Destination::retry:
        broker_.put_after(message.delay, queued);
        break;
      case Destination::dead:
        broker_.put_aside(queued);
        break;
      case Destination::held:
        check(false, "no group stops here");
    }
    if (network_.faulty() && world_.chance(faults_.confirm_lost)) {
      world_.mark("confirm lost");
      return again(number, message);
    }
    world_.at(world_.now() + delay("confirm late"), [self = shared_from_this(), number, message] {
      if (self->network_.broker_away(self->worker_)) return self->again(number, message);
      if (self->outbox_->unconfirmed.erase(number) > 0) self->outbox_->confirmed.push_back(number);
    });
  }

  World& world_;
  const std::string worker_;
  SimBroker& broker_;
  Network& network_;
  const Faults& faults_;
  std::shared_ptr<Outbox> outbox_;
};

SimPublisher::SimPublisher(Actor& actor, std::string worker, SimBroker& broker, Network& network,
                           const Faults& faults, std::function<TimePoint(TimePoint)> to_world)
    : actor_(actor),
      worker_(std::move(worker)),
      network_(network),
      faults_(faults),
      to_world_(std::move(to_world)),
      wire_(std::make_shared<Wire>(actor.world(), worker_, broker, network, faults, outbox_)) {}

SimPublisher::~SimPublisher() {
  outbox_->alive = false;
}

std::uint64_t SimPublisher::send(Message message, TimePoint deadline) {
  World& world = actor_.world();
  actor_.wait(world.now() + world.between(1ms, 50ms), nullptr);
  const TimePoint by = to_world_(deadline);
  if (network_.broker_away(worker_)) {
    actor_.wait(by, [this] { return !network_.broker_away(worker_); });
    if (network_.broker_away(worker_)) {
      throw Error(ErrorKind::unavailable, "simulated: no broker");
    }
  }
  if (network_.faulty() && world.chance(faults_.publish_refused)) {
    world.mark("message refused");
    throw Error(ErrorKind::unavailable, "simulated: message refused");
  }
  outbox_->unconfirmed.insert(sent_);
  wire_->transmit(sent_, message);
  if (on_sent) on_sent();
  return sent_++;
}

std::vector<std::uint64_t> SimPublisher::take_confirmed(TimePoint deadline) {
  if (outbox_->confirmed.empty() && !outbox_->unconfirmed.empty()) {
    actor_.wait(to_world_(deadline), [outbox = outbox_] {
      return !outbox->confirmed.empty() || outbox->unconfirmed.empty();
    });
  }
  return std::exchange(outbox_->confirmed, {});
}

std::size_t SimPublisher::unconfirmed() const {
  return outbox_->unconfirmed.size();
}

}  // namespace holdfast::sim
