#include "adapters/amqp/outgoing_messages.h"

#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/topology.h"
#include "base/log.h"

namespace holdfast {
namespace {

constexpr std::chrono::seconds kAnswerMax{20};
// A queue without a majority of its nodes, or full, refuses messages for a while.
constexpr std::chrono::seconds kRefusedPause{1};
constexpr int kDeclaresMax = 3;

}  // namespace

OutgoingMessages::OutgoingMessages(AmqpUrl broker, std::string queue, const Clock& clock,
                                   Channels channels)
    : broker_(std::move(broker)), queue_(std::move(queue)), clock_(clock), channels_(channels) {}

void OutgoingMessages::require_possible(const Message& message) {
  if (message.body.size() <= kBodyBytesMax && message.message_id.size() <= kMessageIdBytesMax) {
    return;
  }
  throw Error(ErrorKind::rejected,
              "cannot publish a message of " + std::to_string(message.body.size()) +
                  " bytes with an id of " + std::to_string(message.message_id.size()) +
                  ": at most " + std::to_string(kBodyBytesMax) + " and " +
                  std::to_string(kMessageIdBytesMax) + " can be sent");
}

std::uint64_t OutgoingMessages::add(Message message) {
  const std::uint64_t number = next_number_++;
  window_bytes_ += message.body.size();
  waiting_.emplace(number, Entry{number, std::move(message), false, 0});
  return number;
}

void OutgoingMessages::open_channels(Connection& connection) {
  const TimePoint until = clock_.now() + kAnswerMax;
  if (!messages_open_) {
    connection.open_channel(channels_.messages, until);
    connection.ask_for_confirms(channels_.messages, until);
    messages_open_ = true;
    next_sequence_ = 1;
  }
  if (declarations_open_) return;
  connection.open_channel(channels_.declarations, until);
  declarations_open_ = true;
}

void OutgoingMessages::publish(Connection& connection, TimePoint deadline) {
  while (!waiting_.empty() && !blocked_ && clock_.now() >= waiting_until_) {
    open_channels(connection);
    Entry& first = waiting_.begin()->second;
    if (first.returned) make_queue_of(connection, first);
    if (!connection.ready_to_publish(deadline)) return;
    auto node = waiting_.extract(waiting_.begin());
    const Entry& entry =
        in_flight_.emplace(next_sequence_++, std::move(node.mapped())).first->second;
    connection.publish(channels_.messages, queue_of(entry.message), entry.message);
  }
}

bool OutgoingMessages::take(const BrokerEvent& event) {
  if (const auto* confirm = std::get_if<BrokerConfirm>(&event)) {
    take_confirm(*confirm);
  } else if (const auto* back = std::get_if<BrokerReturn>(&event)) {
    take_return(*back);
  } else if (const auto* blocked = std::get_if<PublishingBlocked>(&event)) {
    blocked_ = blocked->reason;
    log(LogLevel::warn, "broker refused messages for now", {{"reason", blocked->reason}});
  } else if (std::holds_alternative<PublishingUnblocked>(event)) {
    blocked_.reset();
  } else if (const auto* closed = std::get_if<ChannelClosed>(&event);
             closed != nullptr && closed->channel == channels_.messages) {
    messages_open_ = false;
    wait_all();
    throw broker_refusal(broker_, "publish to the queue " + queue_, closed->code, closed->reason);
  } else {
    return false;
  }
  return true;
}

void OutgoingMessages::lost() {
  blocked_.reset();
  messages_open_ = declarations_open_ = false;
  wait_all();
}

void OutgoingMessages::wait_all() {
  for (auto& [sequence, entry] : in_flight_) {
    entry.returned = false;
    const std::uint64_t number = entry.number;
    waiting_.emplace(number, std::move(entry));
  }
  in_flight_.clear();
}

void OutgoingMessages::give_up() {
  for (const auto& [number, entry] : waiting_) window_bytes_ -= entry.message.body.size();
  waiting_.clear();
}

std::size_t OutgoingMessages::unconfirmed() const {
  return waiting_.size() + in_flight_.size() + confirmed_.size();
}

bool OutgoingMessages::window_full() const {
  return waiting_.size() + in_flight_.size() >= kWindowMessages || window_bytes_ >= kWindowBytes;
}

TimePoint OutgoingMessages::due() const {
  return waiting_.empty() ? TimePoint::max() : waiting_until_;
}

std::vector<std::uint64_t> OutgoingMessages::take_confirmed() {
  return std::exchange(confirmed_, {});
}

std::optional<Error> OutgoingMessages::take_refusal() {
  return std::exchange(refusal_, std::nullopt);
}

std::string OutgoingMessages::queue_of(const Message& message) const {
  return queue_for(queue_, message.destination, message.delay);
}

void OutgoingMessages::make_queue_of(Connection& connection, Entry& entry) {
  const QueueSpec spec = spec_of(queue_, entry.message.destination, entry.message.delay);
  const TimePoint until = clock_.now() + kAnswerMax;
  ++entry.declares;
  const auto made =
      connection.declare(channels_.declarations, spec, Connection::Declare::active, until);
  for (auto& [number, other] : waiting_) {
    if (queue_of(other.message) == spec.name) other.returned = false;
  }
  if (const auto* refusal = std::get_if<ChannelClosed>(&made)) {
    declarations_open_ = false;
    if (other_arguments(refusal->code)) return;  // Somebody made it meanwhile, in another way.
    throw broker_refusal(broker_, "make the queue " + spec.name, refusal->code, refusal->reason);
  }
  // That of held jobs is made when the first one comes; of the others somebody has removed one.
  const bool expected = spec.name == held_queue(queue_);
  log(expected ? LogLevel::info : LogLevel::warn, "queue was made",
      {{"queue", spec.name}, {"reason", "it was absent"}});
}

// The broker sends the whole message back, and does not say which one it was. Of several that look
// the same any may be meant.
void OutgoingMessages::take_return(const BrokerReturn& event) {
  for (auto& [sequence, entry] : in_flight_) {
    const Message& message = entry.message;
    if (!entry.returned && message.message_id == event.message.message_id &&
        message.body == event.message.body && queue_of(message) == event.routing_key) {
      entry.returned = true;
      return;
    }
  }
}

void OutgoingMessages::take_confirm(const BrokerConfirm& event) {
  auto begin = event.multiple ? in_flight_.begin() : in_flight_.find(event.delivery_tag);
  while (begin != in_flight_.end() && begin->first <= event.delivery_tag) {
    Entry entry = std::move(begin->second);
    begin = in_flight_.erase(begin);
    answer(std::move(entry), event.stored);
    if (!event.multiple) return;
  }
}

void OutgoingMessages::answer(Entry entry, bool stored) {
  const std::size_t bytes = entry.message.body.size();
  if (entry.returned &&
      (entry.message.destination == Destination::queue || entry.declares >= kDeclaresMax)) {
    refusal_.emplace(ErrorKind::denied, "cannot publish: there is no queue " +
                                            queue_of(entry.message) + " at " + broker_.shown() +
                                            "; run `holdfast setup`");
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

}  // namespace holdfast
