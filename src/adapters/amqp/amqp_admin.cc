#include "adapters/amqp/amqp_admin.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/declare_mismatch.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kChannel = 1;
// More arguments than any queue has; each declaration that is refused tells about one.
constexpr int kDeclarationsMax = 40;
constexpr std::uint64_t kDeliveryLimitOfBroker = 20;
// Taken for a limit that we are not told: renewing a message too early costs it its place, renewing
// it too late costs the job.
constexpr std::uint64_t kDeliveryLimitOfGuide = 3;
// No job comes back so often.
constexpr std::int64_t kDeliveryLimitLarge = 100'000;

// nullopt if there is no such queue.
std::optional<std::uint64_t> waiting_in(Connection& connection, const AmqpUrl& url,
                                        const std::string& queue, TimePoint deadline) {
  connection.open_channel(kChannel, deadline);
  const auto found =
      connection.declare(kChannel, QueueSpec{queue, {}}, Connection::Declare::passive, deadline);
  if (const auto* state = std::get_if<QueueState>(&found)) {
    connection.close_channel(kChannel, deadline);
    return state->messages;
  }
  const auto& refusal = std::get<ChannelClosed>(found);
  if (queue_is_absent(refusal.code, refusal.reason)) return std::nullopt;
  throw broker_refusal(url, "look at the queue " + queue, refusal.code, refusal.reason);
}

const QueueArgumentValue* find(const QueueSpec& spec, const std::string& argument) {
  for (const QueueArgument& one : spec.arguments) {
    if (one.name == argument) return &one.value;
  }
  return nullptr;
}

// Makes `spec` say what the queue has, as far as the broker told.
void adopt(const DeclareMismatch& mismatch, QueueSpec& spec) {
  std::erase_if(spec.arguments,
                [&](const QueueArgument& one) { return one.name == mismatch.argument; });
  if (mismatch.current == DeclareMismatch::Current::value) {
    spec.arguments.push_back({mismatch.argument, mismatch.value});
  }
}

}  // namespace

AmqpAdmin::AmqpAdmin(BrokerAccess access, std::string queue, FetchFromManagement fetch,
                     const Clock& clock)
    : access_(std::move(access)),
      queue_(std::move(queue)),
      fetch_(std::move(fetch)),
      clock_(clock) {}

std::vector<SetupFinding> AmqpAdmin::setup(TimePoint deadline) {
  Connection connection(access_, clock_, deadline);
  std::vector<SetupFinding> findings;
  for (const QueueSpec& spec : topology(queue_)) {
    findings.push_back(set_up(connection, spec, deadline));
  }
  return findings;
}

SetupFinding AmqpAdmin::set_up(Connection& connection, const QueueSpec& spec, TimePoint deadline) {
  SetupFinding finding;
  finding.queue = spec.name;
  if (!waiting_in(connection, access_.url, spec.name, deadline)) {
    connection.open_channel(kChannel, deadline);
    const auto made = connection.declare(kChannel, spec, Connection::Declare::active, deadline);
    if (std::holds_alternative<QueueState>(made)) {
      connection.close_channel(kChannel, deadline);
      finding.outcome = SetupFinding::Outcome::created;
      return finding;
    }
    const auto& refusal = std::get<ChannelClosed>(made);
    if (!other_arguments(refusal.code)) {
      throw broker_refusal(access_.url, "make the queue " + spec.name, refusal.code,
                           refusal.reason);
    }
  }
  finding.differences = look_at(connection, spec, deadline).differences;
  finding.outcome = finding.differences.empty() ? SetupFinding::Outcome::as_wanted
                                                : SetupFinding::Outcome::different;
  return finding;
}

// Declares what is wanted; the broker refuses and names one argument that differs. Declares again
// with the queue's own value of that one, and so on until the broker agrees.
AmqpAdmin::Existing AmqpAdmin::look_at(Connection& connection, const QueueSpec& wanted,
                                       TimePoint deadline) {
  Existing existing{wanted};
  std::vector<std::string> seen;
  for (int i = 0; i < kDeclarationsMax; ++i) {
    connection.open_channel(kChannel, deadline);
    const auto answer =
        connection.declare(kChannel, existing.spec, Connection::Declare::active, deadline);
    if (std::holds_alternative<QueueState>(answer)) {
      connection.close_channel(kChannel, deadline);
      return existing;
    }
    const auto& refusal = std::get<ChannelClosed>(answer);
    if (!other_arguments(refusal.code) && !access_refused(refusal.code)) {
      throw broker_refusal(access_.url, "look at the queue " + wanted.name, refusal.code,
                           refusal.reason);
    }
    const auto mismatch = read_mismatch(refusal.reason, existing.spec);
    if (!mismatch) {
      existing.all_said = false;
      existing.differences.push_back(
          access_refused(refusal.code)
              ? "this user may not ask how the queue was made: it lacks the configure permission"
              : "the broker says: " + refusal.reason);
      return existing;
    }
    if (mismatch->current == DeclareMismatch::Current::unsaid) existing.all_said = false;
    const bool again = std::find(seen.begin(), seen.end(), mismatch->argument) != seen.end();
    if (again) return existing;  // Nothing more can be learned.
    seen.push_back(mismatch->argument);
    if (mismatch->current != DeclareMismatch::Current::invalid) {
      existing.differences.push_back(
          describe_mismatch(*mismatch, find(wanted, mismatch->argument)));
    }
    adopt(*mismatch, existing.spec);
  }
  return existing;
}

QueueCounts AmqpAdmin::counts(TimePoint deadline) {
  Connection connection(access_, clock_, deadline);
  QueueCounts counts;
  counts.waiting = waiting_in(connection, access_.url, queue_, deadline);
  if (!counts.waiting) throw_absent();
  counts.dead = waiting_in(connection, access_.url, dead_queue(queue_), deadline).value_or(0);
  std::uint64_t retrying = 0;
  for (const std::chrono::seconds delay : kRetryDelays) {
    retrying +=
        waiting_in(connection, access_.url, retry_queue(queue_, delay), deadline).value_or(0);
  }
  counts.retrying = retrying;
  counts.in_flight = in_flight();
  return counts;
}

std::optional<std::uint64_t> AmqpAdmin::delivery_limit(TimePoint deadline) {
  Connection connection(access_, clock_, deadline);
  if (!waiting_in(connection, access_.url, queue_, deadline)) throw_absent();
  const Existing existing = look_at(connection, topology(queue_).front(), deadline);
  if (!existing.all_said) return kDeliveryLimitOfGuide;
  const QueueArgumentValue* limit = find(existing.spec, "x-delivery-limit");
  const auto* number = limit == nullptr ? nullptr : std::get_if<std::int64_t>(limit);
  // Without the argument the limit is that of RabbitMQ 4; a negative one is no limit there.
  if (number == nullptr) return kDeliveryLimitOfBroker;
  if (*number < 0 || *number >= kDeliveryLimitLarge) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

void AmqpAdmin::throw_absent() const {
  throw Error(ErrorKind::rejected, "there is no queue " + queue_ + " at " + access_.url.shown() +
                                       "; run `holdfast setup`");
}

// A queue that is new has no numbers yet, which is not the same as zero.
std::optional<std::uint64_t> AmqpAdmin::in_flight() {
  if (!fetch_) return std::nullopt;
  const auto body =
      fetch_("/api/queues/" + percent_encode(access_.url.vhost) + "/" + percent_encode(queue_));
  if (!body) return std::nullopt;
  const auto json = nlohmann::json::parse(*body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto found = json.find("messages_unacknowledged");
  if (found == json.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

}  // namespace holdfast
