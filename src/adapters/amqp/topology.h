// The queues that Holdfast makes on a broker, with their exact arguments. All are durable quorum
// queues that dead-letter through the default exchange, so there is no exchange or binding to lose.
//
//   <q>                  jobs
//   <q>.dead             dead letters, kept until a person takes them
//   <q>.retry.<N>s       a message waits here for N seconds, then goes to <q>
//   <q>.held             jobs of groups that --max-dead stopped; made when the first one comes
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ports/queue.h"

namespace holdfast {

using QueueArgumentValue = std::variant<std::string, std::int64_t>;

struct QueueArgument {
  std::string name;
  QueueArgumentValue value;
};

struct QueueSpec {
  std::string name;
  std::vector<QueueArgument> arguments;
};

// A delay per queue: with one delay for each message, one that waits long would hold up the others.
inline constexpr std::array<std::chrono::seconds, 3> kRetryDelays = {
    std::chrono::seconds(30), std::chrono::seconds(300), std::chrono::seconds(1800)};

// A lost connection counts as a delivery, so the limit is only a net. Never -1, which brokers
// before 4.0 take for "at once".
inline constexpr std::int64_t kDeliveryLimit = 1'000'000;

// A job may be held unacknowledged this long: 30 days.
inline constexpr std::int64_t kConsumerTimeoutMilliseconds = 2'592'000'000;

std::string dead_queue(const std::string& queue);
std::string held_queue(const std::string& queue);
std::string retry_queue(const std::string& queue, std::chrono::seconds delay);

// The smallest delay that we have of at least `wanted`, else the longest.
std::chrono::seconds retry_delay(std::chrono::seconds wanted);

// Where a message for `destination` of the job queue `queue` goes.
std::string queue_for(const std::string& queue, Destination destination,
                      std::chrono::seconds delay);

// How that queue is made.
QueueSpec spec_of(const std::string& queue, Destination destination, std::chrono::seconds delay);

// Whether `name` is one of its retry queues, which messages leave by themselves.
bool passes_on(const std::string& queue, const std::string& name);

// All queues that `holdfast setup` makes for the job queue `queue`, it first.
std::vector<QueueSpec> topology(const std::string& queue);

}  // namespace holdfast
