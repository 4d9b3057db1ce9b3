#include "adapters/amqp/dead_letter_trial.h"

#include <algorithm>

#include "adapters/amqp/broker_error.h"
#include "base/log.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kTrial = 2;
constexpr Connection::Channel kArrival = 3;
constexpr Connection::Channel kQueues = 4;
constexpr std::size_t kRandomBytes = 4;
constexpr std::size_t kNameBytesMax = 220;  // So that what is added has room in the broker's 255.
// Long after our deadline: for one who is killed half-way.
constexpr std::int64_t kQueueLivesMilliseconds = 120'000;
constexpr Duration kArrivalMax = std::chrono::seconds(5);
// A management interface shows a consumer after some seconds.
constexpr Duration kLookMax = std::chrono::seconds(8);
constexpr Duration kLookPause = std::chrono::milliseconds(250);
constexpr Duration kRemoveMax = std::chrono::seconds(5);

// A queue of the trial's own.
class OwnQueue {
 public:
  OwnQueue(Connection& connection, const AmqpUrl& url, const Clock& clock, QueueSpec spec,
           TimePoint deadline)
      : connection_(connection), clock_(clock), name_(spec.name) {
    std::erase_if(spec.arguments, [](const QueueArgument& one) { return one.name == "x-expires"; });
    spec.arguments.push_back({"x-expires", kQueueLivesMilliseconds});
    connection_.open_channel(kQueues, deadline);
    const auto made = connection_.declare(kQueues, spec, Connection::Declare::active, deadline);
    if (const auto* closed = std::get_if<ChannelClosed>(&made)) {
      throw broker_refusal(url, "make the queue " + name_ + " for a trial", closed->code,
                           closed->reason);
    }
    connection_.close_channel(kQueues, deadline);
  }

  ~OwnQueue() {
    try {
      const TimePoint deadline = clock_.now() + kRemoveMax;
      connection_.open_channel(kQueues, deadline);
      connection_.remove_queue(kQueues, name_, deadline);
      connection_.close_channel(kQueues, deadline);
    } catch (const Error& error) {
      log(LogLevel::debug, "queue of a trial left to expire", {{"error", error.what()}});
    }
  }

  OwnQueue(const OwnQueue&) = delete;
  OwnQueue& operator=(const OwnQueue&) = delete;

  const std::string& name() const { return name_; }

 private:
  Connection& connection_;
  const Clock& clock_;
  const std::string name_;
};

void set_argument(QueueSpec& spec, const std::string& name, const std::string& value) {
  std::erase_if(spec.arguments, [&](const QueueArgument& one) { return one.name == name; });
  spec.arguments.push_back({name, value});
}

}  // namespace

TrialOutcome DeadLetterTrial::run(const QueueSpec& job_queue, const DeadLetterRoute& route,
                                  const Look& look, TimePoint deadline) {
  if (std::string why = what_stops(route, deadline); !why.empty()) {
    return {DeadLetterPath::lost, std::move(why)};
  }
  const std::string name =
      job_queue.name.substr(0, kNameBytesMax) + ".doctor." + random_.hex(kRandomBytes);
  const OwnQueue dead(connection_, url_, clock_, {name + ".dead", {{"x-queue-type", "quorum"}}},
                      deadline);
  QueueSpec spec{name, job_queue.arguments};
  // What is no argument of a queue, such as "durable", cannot be given as one.
  std::erase_if(spec.arguments,
                [](const QueueArgument& one) { return !one.name.starts_with("x-"); });
  set_argument(spec, "x-dead-letter-exchange", "");
  set_argument(spec, "x-dead-letter-routing-key", dead.name());
  const OwnQueue jobs(connection_, url_, clock_, spec, deadline);
  if (!arrives(jobs.name(), dead.name(), look, deadline)) {
    return {DeadLetterPath::lost, "a message that was refused in a queue made like " +
                                      job_queue.name +
                                      " did not arrive among the dead letters within 5 s; a policy "
                                      "of the broker may override the queue's arguments"};
  }
  const std::string where = route.exchange.empty() ? "the queue " + route.routing_key
                                                   : "the queues of the exchange " + route.exchange;
  return {DeadLetterPath::arrives, "messages that the broker dead-letters arrive in " + where};
}

std::string DeadLetterTrial::what_stops(const DeadLetterRoute& route, TimePoint deadline) {
  if (route.exchange.empty()) {
    if (waiting_in(connection_, url_, route.routing_key, deadline)) return {};
    return "there is no queue " + route.routing_key + " for messages that the broker dead-letters";
  }
  connection_.open_channel(kTrial, deadline);
  connection_.ask_for_confirms(kTrial, deadline);
  Message canary;
  canary.message_id = "holdfast-doctor-" + random_.hex(kRandomBytes);
  connection_.publish_passing(kTrial, route.exchange, route.routing_key, canary);
  std::string why;
  while (const auto event = connection_.next_event(deadline, nullptr)) {
    if (std::holds_alternative<BrokerReturn>(*event)) {
      why = "the exchange " + route.exchange + " has no binding for the routing key " +
            route.routing_key + ", which the broker uses for dead letters: they are lost";
    } else if (const auto* closed = std::get_if<ChannelClosed>(&*event)) {
      if (access_refused(closed->code)) return {};  // Workers need not; the broker may.
      return "the exchange " + route.exchange +
             " for messages that the broker dead-letters does not exist";
    } else if (std::holds_alternative<BrokerConfirm>(*event)) {
      connection_.close_channel(kTrial, deadline);
      return why;
    }
  }
  throw Error(ErrorKind::unavailable, "the broker at " + url_.shown() + " confirms nothing");
}

bool DeadLetterTrial::arrives(const std::string& from, const std::string& to, const Look& look,
                              TimePoint deadline) {
  connection_.open_channel(kTrial, deadline);
  connection_.ask_for_confirms(kTrial, deadline);
  Message canary;
  canary.message_id = "holdfast-doctor";
  canary.body = "{}";
  connection_.publish(kTrial, from, canary);
  if (!wait_for<BrokerConfirm>(deadline, "confirms nothing").stored) return false;
  connection_.subscribe(kTrial, from, "holdfast-doctor", deadline);
  const auto delivery = wait_for<BrokerDelivery>(deadline, "delivers nothing");
  const TimePoint seen_by = std::min(deadline, clock_.now() + kLookMax);
  // What comes meanwhile is of no matter; waiting here keeps the heartbeats going.
  while (!look(from) && clock_.now() < seen_by) {
    static_cast<void>(connection_.next_event(clock_.now() + kLookPause, nullptr));
  }
  connection_.open_channel(kArrival, deadline);
  connection_.subscribe(kArrival, to, "holdfast-doctor", deadline);
  connection_.refuse(kTrial, delivery.delivery_tag);
  const TimePoint until = std::min(deadline, clock_.now() + kArrivalMax);
  bool arrived = false;
  while (const auto event = connection_.next_event(until, nullptr)) {
    arrived = std::holds_alternative<BrokerDelivery>(*event);
    if (arrived) break;
  }
  connection_.close_channel(kArrival, deadline);
  connection_.close_channel(kTrial, deadline);
  return arrived;
}

template <typename Event>
Event DeadLetterTrial::wait_for(TimePoint deadline, const std::string& what) {
  while (auto event = connection_.next_event(deadline, nullptr)) {
    if (auto* wanted = std::get_if<Event>(&*event)) return std::move(*wanted);
    if (const auto* closed = std::get_if<ChannelClosed>(&*event)) {
      throw broker_refusal(url_, "try the dead letters", closed->code, closed->reason);
    }
    if (const auto* blocked = std::get_if<PublishingBlocked>(&*event)) {
      throw Error(ErrorKind::unavailable, "the broker at " + url_.shown() +
                                              " accepts no messages at the moment (" +
                                              blocked->reason + ")");
    }
  }
  throw Error(ErrorKind::unavailable, "the broker at " + url_.shown() + " " + what);
}

}  // namespace holdfast
