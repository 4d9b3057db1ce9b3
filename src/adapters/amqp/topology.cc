#include "adapters/amqp/topology.h"

#include "base/check.h"

namespace holdfast {
namespace {

QueueSpec job_spec(const std::string& queue) {
  return {queue,
          {{"x-queue-type", "quorum"},
           {"x-delivery-limit", kDeliveryLimit},
           {"x-dead-letter-exchange", ""},
           {"x-dead-letter-routing-key", dead_queue(queue)},
           {"x-dead-letter-strategy", "at-least-once"},
           {"x-overflow", "reject-publish"},
           {"x-consumer-timeout", kConsumerTimeoutMilliseconds}}};
}

// Of dead letters and of held jobs: nothing leaves it by itself.
QueueSpec keeping_spec(std::string name) {
  return {std::move(name),
          {{"x-queue-type", "quorum"},
           {"x-delivery-limit", kDeliveryLimit},
           {"x-consumer-timeout", kConsumerTimeoutMilliseconds}}};
}

QueueSpec retry_spec(const std::string& queue, std::chrono::seconds delay) {
  return {retry_queue(queue, delay),
          {{"x-queue-type", "quorum"},
           {"x-message-ttl", std::int64_t{std::chrono::milliseconds(delay).count()}},
           {"x-dead-letter-exchange", ""},
           {"x-dead-letter-routing-key", queue},
           {"x-dead-letter-strategy", "at-least-once"},
           {"x-overflow", "reject-publish"},
           {"x-delivery-limit", kDeliveryLimit}}};
}

}  // namespace

std::string dead_queue(const std::string& queue) {
  return queue + ".dead";
}

std::string held_queue(const std::string& queue) {
  return queue + ".held";
}

std::string retry_queue(const std::string& queue, std::chrono::seconds delay) {
  return queue + ".retry." + std::to_string(delay.count()) + "s";
}

std::chrono::seconds retry_delay(std::chrono::seconds wanted) {
  for (const std::chrono::seconds delay : kRetryDelays) {
    if (delay >= wanted) return delay;
  }
  return kRetryDelays.back();
}

std::string queue_for(const std::string& queue, Destination destination,
                      std::chrono::seconds delay) {
  switch (destination) {
    case Destination::queue:
      return queue;
    case Destination::retry:
      return retry_queue(queue, retry_delay(delay));
    case Destination::dead:
      return dead_queue(queue);
    case Destination::held:
      return held_queue(queue);
  }
  check(false, "a message has a destination that does not exist");
  return {};
}

QueueSpec spec_of(const std::string& queue, Destination destination, std::chrono::seconds delay) {
  switch (destination) {
    case Destination::queue:
      return job_spec(queue);
    case Destination::retry:
      return retry_spec(queue, retry_delay(delay));
    case Destination::dead:
    case Destination::held:
      return keeping_spec(queue_for(queue, destination, delay));
  }
  check(false, "a message has a destination that does not exist");
  return {};
}

bool passes_on(const std::string& queue, const std::string& name) {
  return name != queue && name != dead_queue(queue) && name != held_queue(queue);
}

std::vector<QueueSpec> topology(const std::string& queue) {
  std::vector<QueueSpec> specs = {job_spec(queue), keeping_spec(dead_queue(queue))};
  for (const std::chrono::seconds delay : kRetryDelays) specs.push_back(retry_spec(queue, delay));
  return specs;
}

}  // namespace holdfast
