#include "adapters/amqp/amqp_dead_letters.h"

#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/topology.h"
#include "base/check.h"
#include "base/log.h"
#include "ports/all_confirmed.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kLetters = 1;
constexpr const char* kReasonHeader = "holdfast-reason";

bool whole(const BrokerMessage& letter) {
  return letter.body.size() == letter.size_bytes;
}

// The broker's own headers are not passed on, and do not travel with a copy.
void add_reason(BrokerMessage& letter) {
  bool told = letter.dead_lettered_for.empty();
  for (const auto& [name, value] : letter.headers) told = told || name == kReasonHeader;
  if (!told) letter.headers.emplace_back(kReasonHeader, letter.dead_lettered_for);
}

Message copy_of(const BrokerMessage& letter, Destination kept_in) {
  Message copy;
  copy.destination = kept_in;
  copy.body = letter.body;
  copy.message_id = letter.message_id;
  copy.headers = letter.headers;
  return copy;
}

}  // namespace

AmqpDeadLetters::AmqpDeadLetters(BrokerAccess access, std::string queue, Clock& clock,
                                 Destination kept_in)
    : access_(std::move(access)),
      queue_(std::move(queue)),
      kept_in_(kept_in),
      kept_queue_(queue_for(queue_, kept_in, {})),
      clock_(clock),
      publisher_(access_, queue_, clock) {}

// Newer brokers do not hold that against a letter, other than a lost connection; and few letters
// keep their order this way.
AmqpDeadLetters::~AmqpDeadLetters() {
  try {
    for (const std::uint64_t tag : held_) connection_->hand_back(kLetters, tag);
  } catch (const Error& error) {
    log(LogLevel::debug, "letters were left to the broker", {{"reason", error.what()}});
  }
}

std::optional<DeadLetter> AmqpDeadLetters::next(TimePoint deadline) {
  at_hand_ = 0;
  if (connection_ == nullptr) connect(deadline);
  // Ends: a copy comes back once, since it has no returns, and the deadline is in every call.
  while (fetched_.empty() && !ended_) fetch(deadline);
  if (fetched_.empty()) return std::nullopt;
  BrokerDelivery delivery = std::move(fetched_.front());
  fetched_.pop_front();
  at_hand_ = delivery.delivery_tag;
  BrokerMessage& message = delivery.message;
  const bool all_read = whole(message);
  return DeadLetter{std::move(message.body), std::move(message.message_id),
                    std::move(message.headers), all_read};
}

void AmqpDeadLetters::remove(TimePoint) {
  check(at_hand_ != 0, "a letter is read before it is removed");
  held_.erase(at_hand_);
  connection_->acknowledge(kLetters, std::exchange(at_hand_, 0));
}

void AmqpDeadLetters::connect(TimePoint deadline) {
  auto connection = std::make_unique<Connection>(access_, clock_, deadline);
  connection->open_channel(kLetters, deadline);
  const auto found = connection->declare(kLetters, QueueSpec{kept_queue_, {}},
                                         Connection::Declare::passive, deadline);
  if (const auto* refusal = std::get_if<ChannelClosed>(&found)) {
    if (!queue_is_absent(refusal->code, refusal->reason)) {
      throw broker_refusal(access_.url, "read the queue " + kept_queue_, refusal->code,
                           refusal->reason);
    }
    ended_ = true;
  }
  connection_ = std::move(connection);
}

// Asks for many at once, so that a broker far away is asked seldom.
void AmqpDeadLetters::fetch(TimePoint deadline) {
  for (std::size_t i = 0; i < kAheadMax; ++i) connection_->ask_for_message(kLetters, kept_queue_);
  for (std::size_t answers = 0; answers < kAheadMax;) {
    std::optional<BrokerEvent> event = connection_->next_event(deadline, nullptr);
    if (!event) {
      if (clock_.now() < deadline) continue;  // A heartbeat was due.
      throw Error(ErrorKind::unavailable, "the broker at " + access_.url.shown() +
                                              " did not deliver the messages of the queue " +
                                              kept_queue_ + " in time");
    }
    if (const auto* closed = std::get_if<ChannelClosed>(&*event)) {
      throw broker_refusal(access_.url, "read the queue " + kept_queue_, closed->code,
                           closed->reason);
    }
    if (auto* delivery = std::get_if<BrokerDelivery>(&*event)) {
      take(std::move(*delivery));
      ended_ = false;
      answers += 1;
    } else if (std::holds_alternative<NothingThere>(*event)) {
      ended_ = true;
      answers += 1;
    }
  }
  if (returned_.empty()) return;
  replace_returned(deadline);
  ended_ = false;  // The copies are there now.
}

void AmqpDeadLetters::take(BrokerDelivery delivery) {
  // Of what is longer than we read there can be no copy.
  held_.insert(delivery.delivery_tag);
  add_reason(delivery.message);
  const bool replace = delivery.message.returns > 0 && whole(delivery.message);
  (replace ? returned_ : fetched_).push_back(std::move(delivery));
}

void AmqpDeadLetters::replace_returned(TimePoint deadline) {
  for (const BrokerDelivery& delivery : returned_) {
    publisher_.send(copy_of(delivery.message, kept_in_), deadline);
  }
  if (!all_confirmed(publisher_, clock_, deadline)) {
    throw Error(ErrorKind::unavailable,
                "the broker at " + access_.url.shown() + " does not confirm the messages");
  }
  for (const BrokerDelivery& delivery : returned_) {
    held_.erase(delivery.delivery_tag);
    connection_->acknowledge(kLetters, delivery.delivery_tag);
  }
  returned_.clear();
}

}  // namespace holdfast
