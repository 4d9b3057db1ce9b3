#include "adapters/amqp/amqp_consumer.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/topology.h"
#include "base/log.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kJobs = 1;
constexpr Connection::Channel kQuestions = 2;  // A refused question closes its channel.
constexpr OutgoingMessages::Channels kMessages = {.messages = 3, .declarations = 4};

}  // namespace

AmqpConsumer::AmqpConsumer(BrokerAccess access, std::string queue, std::string worker,
                           const Clock& clock)
    : access_(std::move(access)),
      queue_(std::move(queue)),
      worker_(std::move(worker)),
      clock_(clock),
      messages_(access_.url, queue_, clock, kMessages) {
  access_.connection_name = worker_;
}

AmqpConsumer::~AmqpConsumer() = default;

void AmqpConsumer::want(std::size_t held) {
  wanted_ = held;
}

void AmqpConsumer::wake() noexcept {
  handover_->wake.wake();
}

std::unique_ptr<Publisher> AmqpConsumer::publisher() const {
  return std::make_unique<ConsumerPublisher>(handover_);
}

ConsumerEvent AmqpConsumer::next(TimePoint deadline) {
  while (true) {  // Ends at the deadline: every turn that yields nothing waits, or ends a failure.
    if (handover_->wake.clear()) return NothingHappened{};
    if (std::optional<ConsumerEvent> event = advance(deadline)) return std::move(*event);
    if (clock_.now() >= deadline) return NothingHappened{};
  }
}

// The connection drops routinely, so failures become events here.
std::optional<ConsumerEvent> AmqpConsumer::advance(TimePoint deadline) {
  while (auto message = handover_->messages.take()) messages_.add(std::move(*message));
  if (loss_) {
    const Error loss = *std::exchange(loss_, std::nullopt);
    if (!worth_waiting(loss.kind())) throw loss;
    const bool denied = loss.kind() == ErrorKind::denied;
    const bool news = !loss_told_ || denied != denied_;
    loss_told_ = true;
    denied_ = denied;
    if (news) return ConnectionLost{loss.what(), denied};
  }
  try {
    if (connection_ != nullptr) return listen(deadline);
    if (clock_.now() >= retry_at_) return connect();
  } catch (const Error& error) {
    lose(error);
    return std::nullopt;
  }
  wait_for_wake(std::min(deadline, retry_at_));
  return std::nullopt;
}

std::optional<ConsumerEvent> AmqpConsumer::connect() {
  const TimePoint deadline = in(kConnectMax);
  access_.renew();
  auto connection = std::make_unique<Connection>(access_, clock_, deadline);
  connection->open_channel(kJobs, deadline);
  const auto found =
      connection->declare(kJobs, QueueSpec{queue_, {}}, Connection::Declare::passive, deadline);
  if (const auto* refusal = std::get_if<ChannelClosed>(&found)) {
    throw broker_refusal(access_.url, "take jobs from the queue " + queue_, refusal->code,
                         refusal->reason);
  }
  connection->limit_deliveries_to_one(kJobs, deadline);
  connection_ = std::move(connection);
  connected_at_ = clock_.now();
  loss_told_ = denied_ = false;
  return ConnectionMade{};
}

std::optional<ConsumerEvent> AmqpConsumer::listen(TimePoint deadline) {
  const bool idle = held_.empty() && messages_.unconfirmed() == 0;
  if (idle && clock_.now() - connected_at_ >= kConnectionAgeMax) {
    disconnect();
    return std::nullopt;
  }
  subscribe_as_wanted();
  publish();
  const TimePoint due = messages_.blocked() ? TimePoint::max() : messages_.due();
  const TimePoint until = std::min(deadline, std::max(clock_.now(), due));
  std::optional<BrokerEvent> event = connection_->next_event(until, &handover_->wake);
  if (!event || take_of_published(*event)) return std::nullopt;
  if (auto* delivery = std::get_if<BrokerDelivery>(&*event)) return take(std::move(*delivery));
  if (const auto* closed = std::get_if<ChannelClosed>(&*event)) {
    throw broker_refusal(access_.url, "keep a job of the queue " + queue_, closed->code,
                         closed->reason);
  }
  // Some brokers would take a late acknowledgement and deliver the same job once more, so nothing
  // that this connection gave us may be settled now. Whether the queue is gone shows on the next.
  if (std::holds_alternative<SubscriptionEnded>(*event)) {
    throw Error(ErrorKind::unavailable,
                "the broker at " + access_.url.shown() + " ended the subscription to the queue " +
                    queue_ +
                    ": the queue was removed or moved, or a job was held longer than its "
                    "acknowledgement timeout allows");
  }
  return std::nullopt;
}

std::optional<ConsumerEvent> AmqpConsumer::take(BrokerDelivery delivery) {
  if (!wants_more()) {  // It was on its way when we unsubscribed.
    connection_->hand_back(kJobs, delivery.delivery_tag);
    return std::nullopt;
  }
  BrokerMessage& message = delivery.message;
  if (message.size_bytes > message.body.size()) {
    log(LogLevel::warn, "message was cut off",
        {{"queue", queue_}, {"bytes", message.size_bytes}, {"kept", message.body.size()}});
  }
  Delivery taken;
  taken.tag = DeliveryTag{++last_tag_};
  taken.body = std::move(message.body);
  taken.message_id = std::move(message.message_id);
  taken.headers = std::move(message.headers);
  taken.redelivered = delivery.redelivered;
  // Some brokers show a count on a first delivery, left over from another queue; some never count.
  if (delivery.redelivered) taken.returns = std::max<std::uint64_t>(message.returns, 1);
  held_.emplace(taken.tag, delivery.delivery_tag);
  brought_ = taken.tag;
  return taken;
}

// A broker that refuses a message refuses none of the jobs that are held: the connection stays.
void AmqpConsumer::publish() {
  try {
    messages_.publish(*connection_, in(kConnectMax));
  } catch (const Error& error) {
    refuse_waiting(error);
  }
}

bool AmqpConsumer::take_of_published(const BrokerEvent& event) {
  try {
    if (!messages_.take(event)) return false;
  } catch (const Error& error) {
    refuse_waiting(error);
  }
  for (const std::uint64_t number : messages_.take_confirmed()) handover_->answers.post(number);
  if (auto refusal = messages_.take_refusal()) handover_->answers.post(std::move(*refusal));
  return true;
}

void AmqpConsumer::refuse_waiting(const Error& error) {
  if (error.may_work_later()) throw error;
  for (std::size_t left = messages_.waiting(); left > 0; --left) handover_->answers.post(error);
  messages_.give_up();
}

// A further delivery beside one that is held comes by a new subscription. It needs a name of its
// own: a broker takes one by an old name for the old one, whose limit is reached.
void AmqpConsumer::subscribe_as_wanted() {
  // A broker that takes no messages for now reads nothing from us: it would answer no call.
  if (messages_.blocked()) return;
  const bool serves = !subscription_.empty() && !brought_;
  if (wants_more() ? serves : (subscription_.empty() || (wanted_ > 0 && brought_))) return;
  if (!subscription_.empty()) {
    connection_->unsubscribe(kJobs, subscription_, in(kAnswerMax));
    subscription_.clear();
    brought_.reset();
  }
  if (!wants_more()) return;
  const std::string name =
      held_.empty() ? worker_ : worker_ + "~" + std::to_string(held_.rbegin()->first.value);
  connection_->subscribe(kJobs, queue_, name, in(kAnswerMax));
  subscription_ = name;
}

// Unsubscribes first when nothing more is wanted: else a job handed back would come straight back,
// and an acknowledgement would bring the next one.
void AmqpConsumer::settle(DeliveryTag tag, Settlement settlement) {
  const auto held = held_.extract(tag);
  if (held.empty() || connection_ == nullptr) return;
  const std::uint64_t delivery_tag = held.mapped();
  try {
    if (brought_ == tag) brought_.reset();
    subscribe_as_wanted();
    if (settlement == Settlement::complete) {
      connection_->acknowledge(kJobs, delivery_tag);
    } else {
      connection_->hand_back(kJobs, delivery_tag);
    }
  } catch (const Error& error) {
    lose(error);
  }
}

bool AmqpConsumer::empty() {
  if (connection_ == nullptr) {
    throw Error(ErrorKind::unavailable, "cannot ask whether the queue " + queue_ +
                                            " is empty: there is no connection to the broker at " +
                                            access_.url.shown());
  }
  if (messages_.blocked()) {
    throw Error(ErrorKind::unavailable,
                "cannot ask whether the queue " + queue_ +
                    " is empty: the broker does not answer at the moment (" + *messages_.blocked() +
                    ")");
  }
  try {
    std::uint32_t waiting = 0;
    for (const std::chrono::seconds delay : kRetryDelays) {
      waiting += waiting_in(retry_queue(queue_, delay));
    }
    // Twice: what the broker was about to deliver to us at the first answer arrives before the
    // second.
    waiting += waiting_in(queue_);
    waiting += waiting_in(queue_);
    return waiting == 0 && !connection_->event_waiting();
  } catch (const Error& error) {
    lose(error);
    throw;
  }
}

// An absent queue holds nothing.
std::uint32_t AmqpConsumer::waiting_in(const std::string& queue) {
  const TimePoint deadline = in(kAnswerMax);
  const Connection::Channel channel = queue == queue_ ? kJobs : kQuestions;
  if (channel == kQuestions) connection_->open_channel(kQuestions, deadline);
  const auto found =
      connection_->declare(channel, QueueSpec{queue, {}}, Connection::Declare::passive, deadline);
  if (const auto* state = std::get_if<QueueState>(&found)) {
    if (channel == kQuestions) connection_->close_channel(kQuestions, deadline);
    return state->messages;
  }
  const auto& refusal = std::get<ChannelClosed>(found);
  const bool absent = queue_is_absent(refusal.code, refusal.reason);
  if (channel == kQuestions && absent) return 0;
  throw broker_refusal(access_.url, "look at the queue " + queue, refusal.code, refusal.reason);
}

void AmqpConsumer::disconnect() {
  connection_.reset();
  messages_.lost();
  held_.clear();
  subscription_.clear();
  brought_.reset();
}

void AmqpConsumer::lose(const Error& error) {
  const bool was_good = connection_ != nullptr && clock_.now() - connected_at_ >= kGoodAfter;
  if (was_good) backoff_.reset();
  disconnect();
  loss_ = error;
  retry_at_ = in(backoff_.next());
  log(LogLevel::debug, "broker was lost", {{"reason", error.what()}});
}

void AmqpConsumer::wait_for_wake(TimePoint until) {
  const Duration left = std::clamp<Duration>(until - clock_.now(), Duration::zero(), 1h);
  pollfd wait{handover_->wake.descriptor(), POLLIN, 0};
  ::poll(&wait, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count()));
}

}  // namespace holdfast
