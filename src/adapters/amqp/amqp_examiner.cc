#include "adapters/amqp/amqp_examiner.h"

#include <algorithm>
#include <utility>

#include "adapters/amqp/connection.h"
#include "adapters/amqp/queue_losses.h"
#include "core/host.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kChannel = 1;
constexpr BrokerVersion kTimeoutsPerQueue = {3, 12};
constexpr BrokerVersion kTimeoutsPerConsumer = {4, 3};
constexpr const char* kTrialTakes = "this needs the permission to make, read and write a queue";

std::string text_argument(const QueueSpec& spec, const std::string& name,
                          const std::string& otherwise) {
  const QueueArgumentValue* value = find_argument(spec, name);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? otherwise : *text;
}

}  // namespace

AmqpExaminer::AmqpExaminer(BrokerAccess access, std::string queue, FetchFromManagement fetch,
                           const Clock& clock)
    : access_(std::move(access)),
      queue_(std::move(queue)),
      fetch_(std::move(fetch)),
      clock_(clock) {}

BrokerFacts AmqpExaminer::examine(Duration step) {
  step_ = step;
  facts_ = {};
  facts_.address = access_.url.shown();
  facts_.encrypted = access_.url.tls;
  facts_.on_this_machine = is_this_machine(access_.url.host);
  try {
    Connection connection(access_, clock_, soon());
    const BrokerName name = connection.name();
    facts_.product = name.product;
    facts_.version = name.version;
    facts_.heartbeat = connection.heartbeat();
    look_at_queues(connection);
    if (!facts_.queues.front().there) return facts_;
    look_at_permissions(connection);
    try_dead_letters(connection);
  } catch (const ConnectError& error) {
    facts_.fault = error.what();
    facts_.fault_at = error.stage();
  } catch (const Error& error) {
    facts_.fault = error.what();
    facts_.fault_at = BrokerStage::talk;
  }
  return facts_;
}

void AmqpExaminer::look_at_queues(Connection& connection) {
  for (const QueueSpec& wanted : topology(queue_)) {
    QueueFacts queue;
    queue.name = wanted.name;
    queue.there = waiting_in(connection, access_.url, wanted.name, soon()).has_value();
    if (queue.there) {
      const QueueLook look = look_at(connection, access_.url, wanted, soon());
      queue.differences = look.differences;
      queue.losses = losses_of(look.spec, managed_queue(fetch_, access_.url, wanted.name),
                               passes_on(queue_, wanted.name));
      if (wanted.name == queue_) job_queue_ = look;
    }
    facts_.queues.push_back(std::move(queue));
  }
  if (!job_queue_) return;
  managed_ = managed_queue(fetch_, access_.url, queue_);
  facts_.management_tells = managed_.has_value();
  facts_.delivery_limit = delivery_limit_of(*job_queue_, managed_);
}

void AmqpExaminer::look_at_permissions(Connection& connection) {
  facts_.may_configure = !job_queue_->refused;
  connection.open_channel(kChannel, soon());
  facts_.may_read = connection.may_read(kChannel, queue_, soon());
  connection.open_channel(kChannel, soon());
  facts_.may_write = connection.may_write(kChannel, soon());
}

void AmqpExaminer::try_dead_letters(Connection& connection) {
  static_cast<void>(learn_hold_limit({}));
  if (!facts_.may_configure || !facts_.may_read || !facts_.may_write) {
    facts_.dead_letters_detail = kTrialTakes;
    return;
  }
  const auto route = dead_letter_route();
  if (!route) {
    facts_.dead_letters = DeadLetterPath::lost;
    facts_.dead_letters_detail =
        "the queue has no dead-letter exchange: messages that the broker dead-letters are lost";
    return;
  }
  DeadLetterTrial trial(connection, access_.url, clock_, random_);
  const auto look = [this](const std::string& own) { return learn_hold_limit(own); };
  try {
    const TrialOutcome outcome = trial.run(shape(), *route, look, soon());
    facts_.dead_letters = outcome.path;
    facts_.dead_letters_detail = outcome.detail;
  } catch (const Error& error) {
    // Permissions can be for our queues alone: nothing is wrong with those.
    if (error.may_work_later()) throw;
    facts_.dead_letters_detail = std::string(kTrialTakes) + " of its own: " + error.what();
  }
}

std::optional<DeadLetterRoute> AmqpExaminer::dead_letter_route() const {
  const QueueSpec& spec = job_queue_->spec;
  const ManagedQueue policy = managed_.value_or(ManagedQueue{});
  const bool own = find_argument(spec, "x-dead-letter-exchange") != nullptr;
  if (!own && !policy.dead_letter_exchange) return std::nullopt;
  DeadLetterRoute route;
  route.exchange =
      text_argument(spec, "x-dead-letter-exchange", policy.dead_letter_exchange.value_or(""));
  // Without a key of its own a dead letter keeps that of the job: the queue's name.
  route.routing_key =
      text_argument(spec, "x-dead-letter-routing-key", policy.dead_letter_key.value_or(queue_));
  return route;
}

QueueSpec AmqpExaminer::shape() const {
  QueueSpec spec = job_queue_->spec;
  // Most brokers do not say that they lack it.
  if (managed_ && !managed_->timeout_argument) {
    std::erase_if(spec.arguments,
                  [](const QueueArgument& one) { return one.name == "x-consumer-timeout"; });
  }
  return spec;
}

// From what the broker tells best: the queue's own consumers, its arguments, then a consumer of a
// queue like it.
bool AmqpExaminer::learn_hold_limit(const std::string& own_queue) {
  HoldLimit& limit = facts_.hold_limit;
  if (limit.known != HoldLimit::Known::unknown || facts_.product != "RabbitMQ") return true;
  const BrokerVersion version = read_version(facts_.version);
  if (version >= kTimeoutsPerConsumer) limit.known = HoldLimit::Known::as_we_wish;
  if (version >= kTimeoutsPerConsumer || version < kTimeoutsPerQueue || !managed_) return true;
  if (managed_->consumers) {
    limit = *managed_->consumers;
    return true;
  }
  for (const auto& said : {managed_->timeout_argument, managed_->timeout_policy}) {
    if (!said) continue;
    const std::chrono::milliseconds time(*said);
    const bool first = limit.known != HoldLimit::Known::limited;
    limit = {HoldLimit::Known::limited, first ? time : std::min(limit.limit, time)};
  }
  if (limit.known != HoldLimit::Known::unknown || own_queue.empty()) return true;
  const auto body = fetch_("/api/consumers/" + percent_encode(access_.url.vhost));
  const auto found = body ? read_consumer_limit(*body, own_queue) : std::nullopt;
  if (found) limit = *found;
  return found.has_value();
}

}  // namespace holdfast
