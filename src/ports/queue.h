// The job queue, seen from its three sides: who takes jobs (Consumer), who puts them in
// (Publisher), who looks after it (QueueAdmin). Adapters: RabbitMQ and SQLite.
//
// Failures are Error: `unavailable` (no connection: may work later), `denied` (wrong credentials,
// no such queue), `rejected` (it never will). Each object belongs to one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"

namespace holdfast {

// Names one delivery of one Consumer. Never used twice by the same Consumer, also not after a
// reconnect: a settlement that comes too late cannot hit another delivery.
struct DeliveryTag {
  std::uint64_t value = 0;
  friend auto operator<=>(const DeliveryTag&, const DeliveryTag&) = default;
};

// One hand-out of a message to us; must be settled exactly once.
struct Delivery {
  DeliveryTag tag;
  std::string body;
  std::string message_id;  // Empty if the publisher gave none.
  // The message was handed out before. Its earlier holder may still be alive.
  bool redelivered = false;
  // The queue knows that the earlier holder's process is gone (embedded queue: the kernel says so).
  bool earlier_holder_gone = false;
  // How often the broker says that it was handed out before; not exact on every version.
  std::uint64_t returns = 0;
  // Those that it was published with, in any order: dead letters say why.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct ConnectionLost {
  std::string reason;
  bool denied = false;  // Access is refused: no reconnect will help unless somebody acts.
};
struct ConnectionMade {};
struct NothingHappened {};

using ConsumerEvent = std::variant<NothingHappened, Delivery, ConnectionLost, ConnectionMade>;

enum class Settlement {
  complete,   // The message leaves the queue for good.
  hand_back,  // Somebody may take it at once.
};

class Consumer {
 public:
  virtual ~Consumer() = default;

  // How many unsettled deliveries we want to hold. While we hold as many, the queue gives us none;
  // 0: no further one, and those that are held stay ours.
  virtual void want(std::size_t held) = 0;

  // Waits for the next thing to happen; NothingHappened at `deadline` or after wake(). Connects
  // and reconnects by itself, with backoff, and keeps the connection alive as long as it is called
  // at least every few seconds. Throws Error (rejected) when
  // no reconnect will help, whoever acts.
  virtual ConsumerEvent next(TimePoint deadline) = 0;

  // Answers a delivery. A delivery of a connection that was lost since is dropped silently: the
  // queue gives the message out again anyway.
  virtual void settle(DeliveryTag tag, Settlement settlement) = 0;

  // True if no message is left that could come to us: none waiting and none in a retry delay.
  // The embedded queue also counts those that others hold. Error (unavailable) if unknown.
  [[nodiscard]] virtual bool empty() = 0;

  // Makes next() return soon. Any thread.
  virtual void wake() noexcept = 0;
};

enum class Destination {
  queue,  // The job queue.
  retry,  // Back to the job queue after a delay.
  dead,   // Dead letters, kept for a person.
  held,   // Jobs of groups that were stopped, until a person lets them go on.
};

struct Message {
  Destination destination = Destination::queue;
  std::chrono::seconds delay{0};  // retry only; the adapter may round up to a delay that it has.
  std::string body;
  std::string message_id;
  std::vector<std::pair<std::string, std::string>> headers;  // Dead letters: the reason and so on.
};

class Publisher {
 public:
  virtual ~Publisher() = default;

  // Publishes, persistent. Messages are numbered 0, 1, 2, ... in the order of the calls. Blocks
  // only while the window of unconfirmed messages is full. Reconnects by itself and sends again
  // what is unconfirmed, so a message can arrive twice and is never lost.
  // Throws Error (unavailable) at `deadline`; call again with the same message then: it was not
  // taken. Error (denied) if the destination is not there, (rejected) if it never takes such a
  // message; either gives the message up.
  virtual std::uint64_t send(Message message, TimePoint deadline) = 0;

  // Numbers of messages that are now stored by the queue, each exactly once, in any order. Waits
  // until there is one, none is unconfirmed, or `deadline`.
  virtual std::vector<std::uint64_t> take_confirmed(TimePoint deadline) = 0;

  virtual std::size_t unconfirmed() const = 0;
};

// nullopt: the queue does not say.
struct QueueCounts {
  std::optional<std::uint64_t> waiting;
  std::optional<std::uint64_t> in_flight;
  std::optional<std::uint64_t> retrying;
  std::optional<std::uint64_t> dead;
  std::uint64_t held = 0;
};

// What setup found for one queue.
struct SetupFinding {
  enum class Outcome { created, as_wanted, different };
  std::string queue;
  Outcome outcome = Outcome::as_wanted;
  // For `different`: one sentence per argument, with both values and what follows from it.
  std::vector<std::string> differences;
  // How the queue throws away messages that it has confirmed: a sentence each, with its cure.
  std::vector<std::string> losses = {};
};

class QueueAdmin {
 public:
  virtual ~QueueAdmin() = default;

  // Declares the job queue, its dead-letter queue and its retry queues as Holdfast wants them.
  // What exists otherwise is left alone and reported. Twice is harmless.
  virtual std::vector<SetupFinding> setup(TimePoint deadline) = 0;

  virtual QueueCounts counts(TimePoint deadline) = 0;

  // After how many returns the queue sets a message aside; nullopt: practically never. Error
  // (denied) if there is no job queue.
  virtual std::optional<std::uint64_t> delivery_limit(TimePoint deadline) = 0;

  // As SetupFinding::losses, of the queues of jobs and dead letters that are there. Without a
  // management interface what policies say stays unknown.
  virtual std::vector<std::string> losses(TimePoint deadline) = 0;
};

}  // namespace holdfast
