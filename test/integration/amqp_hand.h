// A second client of a broker, for what a test does by hand: making queues as other people make
// them, publishing as others publish, and cleaning up.
#pragma once

#include <amqp.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/amqp/amqp_url.h"
#include "adapters/amqp/topology.h"

namespace holdfast {

// The value of an environment variable that the test services set; throws if it is not set.
std::string required_variable(const char* name);

class AmqpHand {
 public:
  explicit AmqpHand(const AmqpUrl& url);
  ~AmqpHand();
  AmqpHand(const AmqpHand&) = delete;
  AmqpHand& operator=(const AmqpHand&) = delete;

  // Throws std::runtime_error with the broker's answer if it refuses.
  void make_queue(const QueueSpec& spec);
  void make_direct_exchange(const std::string& exchange);
  void bind(const std::string& queue, const std::string& exchange, const std::string& key);
  void remove_queue(const std::string& queue);
  void remove_exchange(const std::string& exchange);
  void purge(const std::string& queue);
  // Takes one message and rejects it for good.
  void refuse_one(const std::string& queue);
  // Takes all messages that wait and returns their ids.
  std::vector<std::string> take_all(const std::string& queue);
  std::uint32_t waiting(const std::string& queue);

  // With numeric headers.
  void publish(const std::string& queue, const std::string& body,
               const std::vector<std::pair<std::string, std::int64_t>>& headers);

 private:
  void check_answer(const std::string& what);

  amqp_connection_state_t state_;
};

// Removes all queues that belong to a job queue when it goes away.
class QueueCleaner {
 public:
  QueueCleaner(AmqpUrl url, std::string queue) : url_(std::move(url)), queue_(std::move(queue)) {}
  ~QueueCleaner();
  QueueCleaner(const QueueCleaner&) = delete;
  QueueCleaner& operator=(const QueueCleaner&) = delete;

 private:
  AmqpUrl url_;
  std::string queue_;
};

}  // namespace holdfast
