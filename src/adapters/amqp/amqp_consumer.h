// Takes jobs from a queue of a broker, over a connection of its own, which its publisher shares.
//
// It is subscribed only while a delivery is wanted, each subscription brings at most one that is
// not settled, and a message is acknowledged or handed back on the connection that it came by or
// not at all.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/amqp/backoff.h"
#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/broker_event.h"
#include "adapters/amqp/consumer_publisher.h"
#include "adapters/amqp/outgoing_messages.h"
#include "holdfast/error.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class AmqpConsumer final : public Consumer {
 public:
  // A connection that is not made in this time is tried again. next() may outlast its deadline by
  // it.
  static constexpr std::chrono::seconds kConnectMax{10};
  // An answer of the broker that takes longer is not waited for.
  static constexpr std::chrono::seconds kAnswerMax{20};
  // A connection this old that holds nothing is made anew: a broker that changed the leader of a
  // queue may believe that we hold a message which never came.
  static constexpr std::chrono::minutes kConnectionAgeMax{30};
  // A connection that lasted this long was a good one: the next try needs no long wait.
  static constexpr std::chrono::seconds kGoodAfter{30};

  // `worker` names us to the broker. `queue` is the queue to take from; its retry queues, if it has
  // any, count for empty().
  AmqpConsumer(BrokerAccess access, std::string queue, std::string worker, const Clock& clock);
  ~AmqpConsumer() override;

  void want(std::size_t held) override;
  // ConnectionLost comes once for each outage, also if the first connection cannot be made, and
  // again when the broker begins or ceases to refuse us.
  ConsumerEvent next(TimePoint deadline) override;
  void settle(DeliveryTag tag, Settlement settlement) override;
  // The retry queues are asked first: what leaves one meanwhile is found in the job queue. What is
  // on its way between the two in that very moment is not seen, so ask twice before acting on it.
  [[nodiscard]] bool empty() override;
  void wake() noexcept override;

  // For one thread. It publishes to the queues of `queue`.
  std::unique_ptr<Publisher> publisher() const;

 private:
  std::optional<ConsumerEvent> advance(TimePoint deadline);
  std::optional<ConsumerEvent> connect();
  std::optional<ConsumerEvent> listen(TimePoint deadline);
  std::optional<ConsumerEvent> take(BrokerDelivery delivery);
  void subscribe_as_wanted();
  void publish();
  bool take_of_published(const BrokerEvent& event);
  void refuse_waiting(const Error& error);
  bool wants_more() const { return held_.size() < wanted_; }
  std::uint32_t waiting_in(const std::string& queue);
  void disconnect();
  void lose(const Error& error);
  void wait_for_wake(TimePoint until);
  TimePoint in(Duration time) const { return clock_.now() + time; }

  BrokerAccess access_;
  std::string queue_;
  std::string worker_;
  const Clock& clock_;
  const std::shared_ptr<PublishHandover> handover_ = std::make_shared<PublishHandover>();

  std::unique_ptr<Connection> connection_;
  TimePoint connected_at_{};
  TimePoint retry_at_{};
  Backoff backoff_;
  bool loss_told_ = false;
  bool denied_ = false;        // As it was told.
  std::optional<Error> loss_;  // Not told yet.
  OutgoingMessages messages_;

  std::size_t wanted_ = 0;
  std::uint64_t last_tag_ = 0;
  // The broker's tags, good for this connection only.
  std::map<DeliveryTag, std::uint64_t> held_;
  std::string subscription_;            // Its consumer tag; empty: not subscribed.
  std::optional<DeliveryTag> brought_;  // By this subscription, which brings no other meanwhile.
};

}  // namespace holdfast
