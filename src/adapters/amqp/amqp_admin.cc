#include "adapters/amqp/amqp_admin.h"

#include <utility>

#include "adapters/amqp/broker_error.h"
#include "adapters/amqp/connection.h"
#include "adapters/amqp/queue_look.h"
#include "adapters/amqp/queue_losses.h"

namespace holdfast {
namespace {

constexpr Connection::Channel kChannel = 1;

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
      finding.losses = losses_of(spec, managed_queue(fetch_, access_.url, spec.name),
                                 passes_on(queue_, spec.name));
      return finding;
    }
    const auto& refusal = std::get<ChannelClosed>(made);
    if (!other_arguments(refusal.code)) {
      throw broker_refusal(access_.url, "make the queue " + spec.name, refusal.code,
                           refusal.reason);
    }
  }
  const QueueLook look = look_at(connection, access_.url, spec, deadline);
  finding.differences = look.differences;
  finding.losses = losses_of(look.spec, managed_queue(fetch_, access_.url, spec.name),
                             passes_on(queue_, spec.name));
  finding.outcome = finding.differences.empty() ? SetupFinding::Outcome::as_wanted
                                                : SetupFinding::Outcome::different;
  return finding;
}

QueueCounts AmqpAdmin::counts(TimePoint deadline) {
  Connection connection(access_, clock_, deadline);
  QueueCounts counts;
  counts.waiting = waiting_in(connection, access_.url, queue_, deadline);
  if (!counts.waiting) throw_absent();
  counts.dead = waiting_in(connection, access_.url, dead_queue(queue_), deadline).value_or(0);
  counts.held = waiting_in(connection, access_.url, held_queue(queue_), deadline).value_or(0);
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
  return delivery_limit_of(look_at(connection, access_.url, topology(queue_).front(), deadline),
                           managed_queue(fetch_, access_.url, queue_));
}

std::vector<std::string> AmqpAdmin::losses(TimePoint deadline) {
  Connection connection(access_, clock_, deadline);
  std::vector<std::string> losses;
  for (const Destination destination : {Destination::queue, Destination::dead, Destination::held}) {
    const QueueSpec spec = spec_of(queue_, destination, {});
    if (!waiting_in(connection, access_.url, spec.name, deadline)) continue;
    const QueueLook look = look_at(connection, access_.url, spec, deadline);
    const auto found = losses_of(look.spec, managed_queue(fetch_, access_.url, spec.name), false);
    losses.insert(losses.end(), found.begin(), found.end());
  }
  return losses;
}

void AmqpAdmin::throw_absent() const {
  throw Error(ErrorKind::denied, "there is no queue " + queue_ + " at " + access_.url.shown() +
                                     "; run `holdfast setup`");
}

std::optional<std::uint64_t> AmqpAdmin::in_flight() const {
  const auto queue = managed_queue(fetch_, access_.url, queue_);
  if (!queue || !queue->in_flight || *queue->in_flight < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*queue->in_flight);
}

}  // namespace holdfast
