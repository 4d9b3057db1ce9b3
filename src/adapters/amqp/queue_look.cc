#include "adapters/amqp/queue_look.h"

#include <algorithm>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/declare_mismatch.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kChannel = 1;
// More arguments than any queue has; each declaration that is refused tells about one.
constexpr int kDeclarationsMax = 40;
// RabbitMQ 4's own, where neither argument nor policy says one.
constexpr std::uint64_t kDeliveryLimitOfBroker = 20;
// Taken for a limit that we are not told: renewing a message too early costs it its place, renewing
// it too late costs the job.
constexpr std::int64_t kDeliveryLimitOfGuide = 3;
// No job comes back so often.
constexpr std::int64_t kDeliveryLimitLarge = 100'000;

// Makes `spec` say what the queue has, as far as the broker told.
void adopt(const DeclareMismatch& mismatch, QueueSpec& spec) {
  std::erase_if(spec.arguments,
                [&](const QueueArgument& one) { return one.name == mismatch.argument; });
  if (mismatch.current == DeclareMismatch::Current::value) {
    spec.arguments.push_back({mismatch.argument, mismatch.value});
  }
}

}  // namespace

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

const QueueArgumentValue* find_argument(const QueueSpec& spec, const std::string& argument) {
  for (const QueueArgument& one : spec.arguments) {
    if (one.name == argument) return &one.value;
  }
  return nullptr;
}

// Declares what is wanted; the broker refuses and names one argument that differs. Declares again
// with the queue's own value of that one, and so on until the broker agrees.
QueueLook look_at(Connection& connection, const AmqpUrl& url, const QueueSpec& wanted,
                  TimePoint deadline) {
  QueueLook existing{wanted};
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
      throw broker_refusal(url, "look at the queue " + wanted.name, refusal.code, refusal.reason);
    }
    const auto mismatch = read_mismatch(refusal.reason, existing.spec);
    if (!mismatch) {
      existing.all_said = false;
      existing.refused = access_refused(refusal.code);
      existing.differences.push_back(
          access_refused(refusal.code)
              ? "this user cannot see the queue's arguments: the configure permission is missing"
              : "the broker says: " + refusal.reason);
      return existing;
    }
    if (mismatch->current == DeclareMismatch::Current::unsaid) existing.all_said = false;
    const bool again = std::find(seen.begin(), seen.end(), mismatch->argument) != seen.end();
    if (again) return existing;  // Nothing more can be learned.
    seen.push_back(mismatch->argument);
    if (mismatch->current != DeclareMismatch::Current::invalid) {
      existing.differences.push_back(
          describe_mismatch(*mismatch, find_argument(wanted, mismatch->argument)));
    }
    adopt(*mismatch, existing.spec);
  }
  return existing;
}

std::optional<std::uint64_t> delivery_limit_of(const QueueLook& existing,
                                               const std::optional<ManagedQueue>& managed) {
  std::optional<std::int64_t> limit;
  // Of argument and policy the smaller one counts; a negative one is no limit.
  const auto take = [&limit](std::int64_t said) {
    if (!limit || *limit < 0 || (said >= 0 && said < *limit)) limit = said;
  };
  if (existing.all_said) {
    const QueueArgumentValue* argument = find_argument(existing.spec, "x-delivery-limit");
    const auto* number = argument == nullptr ? nullptr : std::get_if<std::int64_t>(argument);
    if (number != nullptr) take(*number);
  } else {
    take(kDeliveryLimitOfGuide);
  }
  if (managed && managed->delivery_limit) take(*managed->delivery_limit);
  if (!limit) return kDeliveryLimitOfBroker;
  if (*limit < 0 || *limit >= kDeliveryLimitLarge) return std::nullopt;
  return static_cast<std::uint64_t>(*limit);
}

}  // namespace holdfast
