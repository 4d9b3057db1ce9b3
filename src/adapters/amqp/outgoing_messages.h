// The messages that go out over a connection until the broker has them: those that wait, those that
// are published and not confirmed, those that are confirmed. A message counts as stored when the
// broker confirmed it and did not return it. The connection may be another one at each call, as
// lost() says. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/amqp/amqp_url.h"
#include "adapters/amqp/broker_event.h"
#include "adapters/amqp/connection.h"
#include "holdfast/error.h"
#include "ports/clock.h"
#include "ports/queue.h"

namespace holdfast {

class OutgoingMessages {
 public:
  // How much may be unconfirmed at a time. More messages gain nothing (measured).
  static constexpr std::size_t kWindowMessages = 1000;
  static constexpr std::size_t kWindowBytes = 64u << 20;
  // The limit of a broker of today.
  static constexpr std::size_t kBodyBytesMax = 16u << 20;
  static constexpr std::size_t kMessageIdBytesMax = 255;

  struct Channels {
    Connection::Channel messages;
    Connection::Channel declarations;  // Closed by a refused declaration, and opened again.
  };

  // For the job queue `queue` and the queues beside it. Borrows the clock.
  OutgoingMessages(AmqpUrl broker, std::string queue, const Clock& clock, Channels channels);

  // Throws Error (rejected) for a message that no broker takes.
  static void require_possible(const Message& message);
  // Messages are numbered 0, 1, 2, ... in this order.
  std::uint64_t add(Message message);

  // Publishes what waits, until the connection takes no more; opens the channels for it. A
  // dead-letter or retry queue that is absent is made. Throws Error.
  void publish(Connection& connection, TimePoint deadline);
  // Whether the event was one of published messages. Throws Error when the broker refuses them:
  // then all that is unconfirmed waits.
  [[nodiscard]] bool take(const BrokerEvent& event);
  // The connection is gone: what is unconfirmed waits for the next.
  void lost();
  // Drops what waits; what is in flight is still confirmed.
  void give_up();

  // All that was added and not yet returned by take_confirmed().
  std::size_t unconfirmed() const;
  std::size_t waiting() const noexcept { return waiting_.size(); }
  bool none_in_flight() const noexcept { return in_flight_.empty(); }
  bool window_full() const;
  // Not before this is there anything to publish; TimePoint::max() if nothing waits.
  TimePoint due() const;
  std::vector<std::uint64_t> take_confirmed();
  bool any_confirmed() const noexcept { return !confirmed_.empty(); }
  // Why the broker takes nothing for now.
  const std::optional<std::string>& blocked() const noexcept { return blocked_; }
  // Why a message was given up (denied): its queue is absent. Once each.
  std::optional<Error> take_refusal();

 private:
  struct Entry {
    std::uint64_t number = 0;
    Message message;
    bool returned = false;  // Its queue is absent.
    int declares = 0;       // How often we made its queue for it.
  };

  std::string queue_of(const Message& message) const;
  void open_channels(Connection& connection);
  void wait_all();
  void make_queue_of(Connection& connection, Entry& entry);
  void take_return(const BrokerReturn& event);
  void take_confirm(const BrokerConfirm& event);
  void answer(Entry entry, bool stored);

  const AmqpUrl broker_;
  const std::string queue_;
  const Clock& clock_;
  const Channels channels_;

  bool messages_open_ = false;  // The channels, on the connection that there is.
  bool declarations_open_ = false;
  std::uint64_t next_number_ = 0;
  std::uint64_t next_sequence_ = 1;  // The broker's numbering, which begins anew with a channel.
  std::map<std::uint64_t, Entry> waiting_;    // By number: to be published, perhaps again.
  TimePoint waiting_until_{};                 // Not before.
  std::map<std::uint64_t, Entry> in_flight_;  // By sequence: published, not yet confirmed.
  std::size_t window_bytes_ = 0;
  std::vector<std::uint64_t> confirmed_;
  std::optional<std::string> blocked_;
  std::optional<Error> refusal_;
};

}  // namespace holdfast
