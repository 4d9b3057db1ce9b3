// Publishes to a job queue and the queues beside it, over a connection of its own that is opened by
// the first send(), and that is not kept while there is nothing to send. A message counts as stored
// when the broker confirmed it and did not return it.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/backoff.h"
#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/broker_event.h"
#include "holdfast/error.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class Connection;

class AmqpPublisher final : public Publisher {
 public:
  // How much may be unconfirmed at a time. More messages gain nothing (measured).
  static constexpr std::size_t kWindowMessages = 1000;
  static constexpr std::size_t kWindowBytes = 64u << 20;
  // The limit of a broker of today.
  static constexpr std::size_t kBodyBytesMax = 16u << 20;
  static constexpr std::size_t kMessageIdBytesMax = 255;

  AmqpPublisher(BrokerAccess access, std::string queue, Clock& clock,
                PublisherUse use = PublisherUse::steady);
  ~AmqpPublisher() override;

  // A dead-letter or retry queue that is absent is made. A message whose job queue is absent is
  // given up with an Error (denied); after any other one all unconfirmed messages are.
  std::uint64_t send(Message message, TimePoint deadline) override;
  std::vector<std::uint64_t> take_confirmed(TimePoint deadline) override;
  // All that was sent and not yet returned by take_confirmed().
  std::size_t unconfirmed() const override;

 private:
  struct Entry {
    std::uint64_t number = 0;
    Message message;
    bool returned = false;  // Its queue is absent.
    int declares = 0;       // How often we made its queue for it.
  };

  bool window_full() const;
  bool may_take_one() const;
  void push(TimePoint deadline);
  void listen(TimePoint deadline);
  void connect(TimePoint deadline);
  void publish_waiting(TimePoint deadline);
  void take_events(TimePoint deadline);
  void take(const BrokerEvent& event);
  void take_return(const BrokerReturn& event);
  void take_confirm(const BrokerConfirm& event);
  void answer(Entry entry, bool stored);
  void make_queue_of(Entry& entry);
  void refuse(const Entry& entry);
  void lose(const Error& error);
  void throw_failure();

  BrokerAccess access_;
  std::string queue_;
  Clock& clock_;
  const PublisherUse use_;

  std::unique_ptr<Connection> connection_;
  std::optional<std::string> blocked_;  // Why the broker takes nothing for now.
  TimePoint heard_at_{};
  TimePoint retry_at_{};
  Backoff backoff_;
  std::string last_loss_;
  std::optional<Error> failure_;  // Denied or rejected, to be thrown by the call at hand.

  std::uint64_t next_number_ = 0;
  std::uint64_t next_sequence_ = 1;  // The broker's numbering, which begins anew with a connection.
  std::map<std::uint64_t, Entry> waiting_;    // By number: to be published, perhaps again.
  TimePoint waiting_until_{};                 // Not before.
  std::map<std::uint64_t, Entry> in_flight_;  // By sequence: published, not yet confirmed.
  std::size_t window_bytes_ = 0;
  std::vector<std::uint64_t> confirmed_;
};

}  // namespace holdfast
