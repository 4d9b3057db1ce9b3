#include "adapters/amqp/amqp_publisher.h"

#include <algorithm>
#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "base/log.h"

namespace holdfast {
namespace {

constexpr OutgoingMessages::Channels kChannels = {.messages = 1, .declarations = 2};
constexpr std::chrono::seconds kConnectMin{2};
constexpr std::chrono::seconds kConnectMax{10};
// So many events are taken in a row before there is a look at anything else.
constexpr int kEventsMax = 2000;
// Confirms are read every so many messages; each look costs some system calls.
constexpr std::uint64_t kSendsPerListen = 64;
constexpr std::chrono::seconds kIdleAfter{5};

}  // namespace

AmqpPublisher::AmqpPublisher(BrokerAccess access, std::string queue, Clock& clock)
    : access_(std::move(access)),
      queue_(std::move(queue)),
      clock_(clock),
      messages_(access_.url, queue_, clock, kChannels) {}

AmqpPublisher::~AmqpPublisher() = default;

bool AmqpPublisher::may_take_one() const {
  return connection_ != nullptr && !messages_.blocked() && !messages_.window_full() &&
         messages_.waiting() == 0;
}

std::uint64_t AmqpPublisher::send(Message message, TimePoint deadline) {
  OutgoingMessages::require_possible(message);
  // Nobody answered the broker's heartbeats meanwhile: it may have ended the connection by right.
  const bool idle = messages_.none_in_flight() && messages_.waiting() == 0 &&
                    !messages_.blocked() && clock_.now() - heard_at_ > kIdleAfter;
  if (idle) connection_.reset();
  while (true) {  // Ends at the deadline.
    push(deadline);
    throw_failure();
    if (may_take_one()) break;
    if (clock_.now() >= deadline) {
      throw Error(ErrorKind::unavailable,
                  "cannot publish to the queue " + queue_ + " at " + access_.url.shown() + ": " +
                      (messages_.blocked() ? "the broker accepts no messages at the moment (" +
                                                 *messages_.blocked() + ")"
                       : connection_ == nullptr ? last_loss_
                                                : "the broker confirms nothing"));
    }
    listen(deadline);
    throw_failure();
  }
  const std::uint64_t number = messages_.add(std::move(message));
  push(clock_.now());
  if (number % kSendsPerListen == 0) listen(clock_.now());
  return number;
}

std::vector<std::uint64_t> AmqpPublisher::take_confirmed(TimePoint deadline) {
  if (!messages_.any_confirmed()) throw_failure();
  while (!messages_.any_confirmed() && unconfirmed() > 0) {  // Ends at the deadline.
    push(deadline);
    listen(deadline);
    if (!messages_.any_confirmed()) throw_failure();
    if (clock_.now() >= deadline) break;
  }
  return messages_.take_confirmed();
}

// The connection drops routinely: push() and listen() catch the failure, and what is unconfirmed
// waits for the next connection.
void AmqpPublisher::push(TimePoint deadline) {
  try {
    if (connection_ == nullptr) connect(deadline);
    if (connection_ != nullptr) messages_.publish(*connection_, deadline);
  } catch (const Error& error) {
    lose(error);
  }
}

void AmqpPublisher::listen(TimePoint deadline) {
  if (connection_ == nullptr) return;
  const TimePoint now = clock_.now();
  TimePoint until = std::min(deadline, std::max(now, messages_.due()));
  const bool nothing_comes =
      messages_.none_in_flight() && !messages_.blocked() && messages_.waiting() == 0;
  if (nothing_comes) until = now;
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
  connection_ = std::make_unique<Connection>(access_, clock_, until);
  heard_at_ = clock_.now();
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
  if (std::holds_alternative<BrokerConfirm>(event)) backoff_.reset();
  if (messages_.take(event)) return;
  const auto* closed = std::get_if<ChannelClosed>(&event);
  if (closed == nullptr) return;
  throw broker_refusal(access_.url, "publish to the queue " + queue_, closed->code, closed->reason);
}

void AmqpPublisher::lose(const Error& error) {
  connection_.reset();
  messages_.lost();
  retry_at_ = clock_.now() + backoff_.next();
  last_loss_ = error.what();
  if (error.may_work_later()) {
    log(LogLevel::warn, "broker was lost while publishing",
        {{"reason", error.what()}, {"unconfirmed", messages_.waiting()}});
    return;
  }
  messages_.give_up();
  failure_ = error;
}

void AmqpPublisher::throw_failure() {
  if (auto refusal = messages_.take_refusal()) throw Error(std::move(*refusal));
  if (failure_) throw Error(*std::exchange(failure_, std::nullopt));
}

}  // namespace holdfast
