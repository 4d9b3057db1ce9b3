#include "adapters/amqp/amqp_publisher.h"

#include <algorithm>
#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/topology.h"
#include "base/log.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kMessages = 1;
constexpr Connection::Channel kDeclarations = 2;
constexpr std::chrono::seconds kConnectMin{2};
constexpr std::chrono::seconds kConnectMax{10};
constexpr std::chrono::seconds kAnswerMax{20};
// A queue without a majority of its nodes, or full, refuses messages for a while.
constexpr std::chrono::seconds kRefusedPause{1};
constexpr int kDeclaresMax = 3;
// So many events are taken in a row before there is a look at anything else.
constexpr int kEventsMax = 2000;
// Confirms are read every so many messages; each look costs some system calls.
constexpr std::uint64_t kSendsPerListen = 64;
constexpr std::chrono::seconds kIdleAfter{5};

}  // namespace

AmqpPublisher::AmqpPublisher(BrokerAccess access, std::string queue, Clock& clock, PublisherUse use)
    : access_(std::move(access)), queue_(std::move(queue)), clock_(clock), use_(use) {}

AmqpPublisher::~AmqpPublisher() = default;

std::size_t AmqpPublisher::unconfirmed() const {
  return waiting_.size() + in_flight_.size() + confirmed_.size();
}

bool AmqpPublisher::window_full() const {
  return waiting_.size() + in_flight_.size() >= kWindowMessages || window_bytes_ >= kWindowBytes;
}

bool AmqpPublisher::may_take_one() const {
  return connection_ != nullptr && !blocked_ && !window_full() && waiting_.empty();
}

std::uint64_t AmqpPublisher::send(Message message, TimePoint deadline) {
  if (message.body.size() > kBodyBytesMax || message.message_id.size() > kMessageIdBytesMax) {
    throw Error(ErrorKind::rejected,
                "cannot publish a message of " + std::to_string(message.body.size()) +
                    " bytes with an id of " + std::to_string(message.message_id.size()) +
                    ": at most " + std::to_string(kBodyBytesMax) + " and " +
                    std::to_string(kMessageIdBytesMax) + " can be sent");
  }
  // Nobody answered the broker's heartbeats meanwhile: it may have ended the connection by right.
  const bool idle =
      in_flight_.empty() && waiting_.empty() && !blocked_ && clock_.now() - heard_at_ > kIdleAfter;
  if (idle) connection_.reset();
  while (true) {  // Ends at the deadline.
    push(deadline);
    throw_failure();
    if (may_take_one()) break;
    if (clock_.now() >= deadline) {
      throw Error(ErrorKind::unavailable,
                  "cannot publish to the queue " + queue_ + " at " + access_.url.shown() + ": " +
                      (blocked_ ? "the broker takes no messages for now (" + *blocked_ + ")"
                       : connection_ == nullptr ? last_loss_
                                                : "the broker confirms nothing"));
    }
    listen(deadline);
    throw_failure();
  }
  const std::uint64_t number = next_number_++;
  window_bytes_ += message.body.size();
  waiting_.emplace(number, Entry{number, std::move(message), false, 0});
  push(clock_.now());
  if (number % kSendsPerListen == 0) listen(clock_.now());
  return number;
}

std::vector<std::uint64_t> AmqpPublisher::take_confirmed(TimePoint deadline) {
  if (confirmed_.empty()) throw_failure();
  while (confirmed_.empty() && unconfirmed() > 0) {  // Ends at the deadline.
    push(deadline);
    listen(deadline);
    if (confirmed_.empty()) throw_failure();
    if (clock_.now() >= deadline) break;
  }
  auto confirmed = std::exchange(confirmed_, {});
  // A broker counts connections, and a fleet has many workers.
  if (use_ == PublisherUse::now_and_then && unconfirmed() == 0) connection_.reset();
  return confirmed;
}

// Losing the broker is daily bread: push() and listen() are where failures end. What is unconfirmed
// waits then for the next connection.
void AmqpPublisher::push(TimePoint deadline) {
  try {
    if (connection_ == nullptr) connect(deadline);
    if (connection_ != nullptr) publish_waiting(deadline);
  } catch (const Error& error) {
    lose(error);
  }
}

void AmqpPublisher::listen(TimePoint deadline) {
  if (connection_ == nullptr) return;
  const TimePoint now = clock_.now();
  TimePoint until = deadline;
  if (!waiting_.empty()) until = std::min(until, std::max(now, waiting_until_));
  if (in_flight_.empty() && !blocked_ && waiting_.empty()) until = now;
  try {
    take_events(until);
  } catch (const Error& error) {
    lose(error);
  }
}

void AmqpPublisher::connect(TimePoint deadline) {
  if (clock_.now() < retry_at_) clock_.wait_until(std::min(retry_at_, deadline));
  const TimePoint now = clock_.now();
  if (now < retry_at_ || now >= deadline) return;
  const TimePoint until = std::clamp(deadline, now + kConnectMin, now + kConnectMax);
  access_.renew();
  auto connection = std::make_unique<Connection>(access_, clock_, until);
  connection->open_channel(kMessages, until);
  connection->open_channel(kDeclarations, until);
  connection->ask_for_confirms(kMessages, until);
  connection_ = std::move(connection);
  heard_at_ = clock_.now();
  next_sequence_ = 1;
}

void AmqpPublisher::publish_waiting(TimePoint deadline) {
  while (!waiting_.empty() && !blocked_ && clock_.now() >= waiting_until_) {
    Entry& first = waiting_.begin()->second;
    if (first.returned) make_queue_of(first);
    if (!connection_->ready_to_publish(deadline)) return;
    auto node = waiting_.extract(waiting_.begin());
    const Entry& entry =
        in_flight_.emplace(next_sequence_++, std::move(node.mapped())).first->second;
    connection_->publish(kMessages,
                         queue_for(queue_, entry.message.destination, entry.message.delay),
                         entry.message);
  }
}

void AmqpPublisher::make_queue_of(Entry& entry) {
  const QueueSpec spec = spec_of(queue_, entry.message.destination, entry.message.delay);
  const TimePoint until = clock_.now() + kAnswerMax;
  ++entry.declares;
  const auto made = connection_->declare(kDeclarations, spec, Connection::Declare::active, until);
  for (auto& [number, other] : waiting_) {
    const Message& message = other.message;
    if (queue_for(queue_, message.destination, message.delay) == spec.name) other.returned = false;
  }
  if (const auto* refusal = std::get_if<ChannelClosed>(&made)) {
    connection_->open_channel(kDeclarations, until);
    if (other_arguments(refusal->code)) return;  // Somebody made it meanwhile, in another way.
    throw broker_refusal(access_.url, "make the queue " + spec.name, refusal->code,
                         refusal->reason);
  }
  log(LogLevel::warn, "queue was made", {{"queue", spec.name}, {"reason", "it was absent"}});
}

void AmqpPublisher::take_events(TimePoint deadline) {
  std::optional<BrokerEvent> event = connection_->next_event(deadline, nullptr);
  for (int i = 0; event && i < kEventsMax; ++i) {
    take(*event);
    event = connection_->next_event(clock_.now(), nullptr);
  }
  if (event) take(*event);
}

void AmqpPublisher::take(const BrokerEvent& event) {
  heard_at_ = clock_.now();
  if (const auto* confirm = std::get_if<BrokerConfirm>(&event)) {
    take_confirm(*confirm);
  } else if (const auto* back = std::get_if<BrokerReturn>(&event)) {
    take_return(*back);
  } else if (const auto* blocked = std::get_if<PublishingBlocked>(&event)) {
    blocked_ = blocked->reason;
    log(LogLevel::warn, "broker refused messages for now", {{"reason", blocked->reason}});
  } else if (std::holds_alternative<PublishingUnblocked>(event)) {
    blocked_.reset();
  } else if (const auto* closed = std::get_if<ChannelClosed>(&event)) {
    throw broker_refusal(access_.url, "publish to the queue " + queue_, closed->code,
                         closed->reason);
  }
}

// The broker sends the whole message back, and does not say which one it was. Of several that look
// the same any may be meant.
void AmqpPublisher::take_return(const BrokerReturn& event) {
  for (auto& [sequence, entry] : in_flight_) {
    const Message& message = entry.message;
    if (!entry.returned && message.message_id == event.message.message_id &&
        message.body == event.message.body &&
        queue_for(queue_, message.destination, message.delay) == event.routing_key) {
      entry.returned = true;
      return;
    }
  }
}

void AmqpPublisher::take_confirm(const BrokerConfirm& event) {
  backoff_.reset();
  auto begin = event.multiple ? in_flight_.begin() : in_flight_.find(event.delivery_tag);
  while (begin != in_flight_.end() && begin->first <= event.delivery_tag) {
    Entry entry = std::move(begin->second);
    begin = in_flight_.erase(begin);
    answer(std::move(entry), event.stored);
    if (!event.multiple) return;
  }
}

void AmqpPublisher::answer(Entry entry, bool stored) {
  const std::size_t bytes = entry.message.body.size();
  if (entry.returned &&
      (entry.message.destination == Destination::queue || entry.declares >= kDeclaresMax)) {
    refuse(entry);
    window_bytes_ -= bytes;
  } else if (stored && !entry.returned) {
    confirmed_.push_back(entry.number);
    window_bytes_ -= bytes;
  } else {
    if (!stored) waiting_until_ = clock_.now() + kRefusedPause;
    const std::uint64_t number = entry.number;
    waiting_.emplace(number, std::move(entry));
  }
}

void AmqpPublisher::refuse(const Entry& entry) {
  const std::string name = queue_for(queue_, entry.message.destination, entry.message.delay);
  failure_.emplace(ErrorKind::denied, "cannot publish: there is no queue " + name + " at " +
                                          access_.url.shown() + "; run `holdfast setup`");
}

void AmqpPublisher::lose(const Error& error) {
  connection_.reset();
  blocked_.reset();
  for (auto& [sequence, entry] : in_flight_) {
    entry.returned = false;
    const std::uint64_t number = entry.number;
    waiting_.emplace(number, std::move(entry));
  }
  in_flight_.clear();
  retry_at_ = clock_.now() + backoff_.next();
  last_loss_ = error.what();
  if (error.may_work_later()) {
    log(LogLevel::warn, "broker was lost while publishing",
        {{"reason", error.what()}, {"unconfirmed", waiting_.size()}});
    return;
  }
  waiting_.clear();
  window_bytes_ = 0;
  failure_ = error;
}

void AmqpPublisher::throw_failure() {
  if (failure_) throw Error(*std::exchange(failure_, std::nullopt));
}

}  // namespace holdfast
