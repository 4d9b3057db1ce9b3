// One connection to a broker. librabbitmq underneath, its low-level frames only: every frame is
// read, copied and answered here, so that nothing the broker says is lost or left waiting.
//
// Every call throws Error: `unavailable` when the connection is lost or a deadline passed (destroy
// the object then and make another), `denied` or `rejected` when the broker refuses. The broker's
// heartbeats are answered inside the calls, so one is needed every few seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "adapters/amqp/broker_access.h"
#include "adapters/amqp/broker_event.h"
#include "adapters/amqp/incoming.h"
#include "adapters/amqp/topology.h"
#include "base/wake_event.h"
#include "holdfast/error.h"
#include "ports/clock.h"
#include "ports/examination.h"
#include "ports/queue.h"

namespace holdfast {

struct TlsFault;

// How many messages a queue has that nobody holds.
struct QueueState {
  std::uint32_t messages = 0;
};

// There is no connection, and where the attempt failed.
class ConnectError final : public Error {
 public:
  ConnectError(BrokerStage stage, const Error& error) : Error(error), stage_(stage) {}

  BrokerStage stage() const noexcept { return stage_; }

 private:
  BrokerStage stage_;
};

// What the broker says of itself; empty where it says nothing.
struct BrokerName {
  std::string product;
  std::string version;
};

// Belongs to one thread.
class Connection {
 public:
  // A broker that takes none of our bytes for this long is given up.
  static constexpr std::chrono::milliseconds kSendStallMax{20'000};

  using Channel = std::uint16_t;
  enum class Declare {
    passive,  // Only look.
    active,   // Make it if it is absent.
  };

  // Throws ConnectError.
  Connection(const BrokerAccess& access, const Clock& clock, TimePoint deadline);
  // Says goodbye, so that the broker acts on what was sent last.
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  BrokerName name() const;
  // As both sides agreed.
  std::chrono::seconds heartbeat() const;

  void open_channel(Channel channel, TimePoint deadline);
  void close_channel(Channel channel, TimePoint deadline);

  // ChannelClosed if the broker refuses; the channel must be opened again then.
  std::variant<QueueState, ChannelClosed> declare(Channel channel, const QueueSpec& spec,
                                                  Declare how, TimePoint deadline);

  // At most one unsettled delivery per subscription.
  void limit_deliveries_to_one(Channel channel, TimePoint deadline);
  void subscribe(Channel channel, const std::string& queue, const std::string& consumer_tag,
                 TimePoint deadline);
  // When it returns, no further delivery comes; those that came before are events still.
  void unsubscribe(Channel channel, const std::string& consumer_tag, TimePoint deadline);
  // Fetches one message without a subscription: a BrokerDelivery or NothingThere answers, in the
  // order of asking.
  void ask_for_message(Channel channel, const std::string& queue);
  void acknowledge(Channel channel, std::uint64_t delivery_tag);
  void hand_back(Channel channel, std::uint64_t delivery_tag);
  // For good: the broker sets the message aside.
  void refuse(Channel channel, std::uint64_t delivery_tag);

  void ask_for_confirms(Channel channel, TimePoint deadline);
  // True as soon as a small message can be sent without waiting; also watches for what comes in, so
  // it may return false before the deadline.
  [[nodiscard]] bool ready_to_publish(TimePoint deadline);
  void publish(Channel channel, const std::string& routing_key, const Message& message);

  // To find out whether a message would arrive at a queue: sends one that is gone a millisecond
  // after it did. It comes back (BrokerReturn) if no queue takes it.
  void publish_passing(Channel channel, const std::string& exchange, const std::string& routing_key,
                       const Message& message);
  // Whether this user may take messages from the queue; none is taken.
  [[nodiscard]] bool may_read(Channel channel, const std::string& queue, TimePoint deadline);
  // Whether this user may publish to queues; nothing is.
  [[nodiscard]] bool may_write(Channel channel, TimePoint deadline);
  // With all that it holds. Absent is fine.
  void remove_queue(Channel channel, const std::string& queue, TimePoint deadline);

  // The next thing that the broker says; nullopt at the deadline, or when `wake` (may be nullptr)
  // was woken.
  std::optional<BrokerEvent> next_event(TimePoint deadline, const WakeEvent* wake);

  // A delivery or other event came already and waits for next_event().
  bool event_waiting() const { return !events_.empty(); }

 private:
  struct Library;

  void open(const BrokerAccess& access, TimePoint deadline);
  void attach(const BrokerAccess& access, Dialled&& dialled, TimePoint deadline);
  void log_in(const BrokerAccess& access, TimePoint deadline);
  [[noreturn]] void throw_not_encrypted(int status) const;
  Error tls_error(const TlsFault& fault, const std::string& otherwise) const;
  void say_goodbye() noexcept;

  std::variant<BrokerReply, ChannelClosed> call(Channel channel, std::uint32_t method,
                                                void* arguments, std::uint32_t reply,
                                                std::string_view act, TimePoint deadline);
  BrokerReply call_or_throw(Channel channel, std::uint32_t method, void* arguments,
                            std::uint32_t reply, std::string_view act, TimePoint deadline);
  void send(Channel channel, std::uint32_t method, void* arguments);

  // Reads until something is whole, which goes to events_ or answers a call; false at the deadline
  // or when woken.
  bool read(TimePoint deadline, const WakeEvent* wake);
  bool wait_for_bytes(TimePoint deadline, const WakeEvent* wake);
  void take(Incoming& incoming);
  [[noreturn]] void lost(const std::string& reason);
  void check_sent(int status);

  AmqpUrl url_;
  const Clock& clock_;
  std::unique_ptr<Library> library_;
  bool usable_ = false;
  std::deque<BrokerEvent> events_;  // Bounded by one delivery and the publisher's window.
};

}  // namespace holdfast
