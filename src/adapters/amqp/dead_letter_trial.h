// Tries whether a job that the broker sets aside arrives anywhere: with a message and queues of its
// own, made as the job queue is and removed afterwards (the broker removes them itself if we are
// killed). Nobody's dead letters are touched.
#pragma once

#include <functional>
#include <string>

#include "adapters/amqp/connection.h"
#include "adapters/amqp/queue_look.h"
#include "base/random.h"
#include "ports/examination.h"

namespace holdfast {

// Where a queue sends what it sets aside.
struct DeadLetterRoute {
  std::string exchange;  // Empty: the default exchange, whose routing keys are names of queues.
  std::string routing_key;
};

struct TrialOutcome {
  DeadLetterPath path = DeadLetterPath::untried;
  std::string detail;  // A sentence.
};

class DeadLetterTrial {
 public:
  // Borrows all.
  DeadLetterTrial(Connection& connection, const AmqpUrl& url, const Clock& clock, Random& random)
      : connection_(connection), url_(url), clock_(clock), random_(random) {}

  // Called while a message of the trial's own queue is held; true if it has seen enough, else it is
  // called again for some seconds.
  using Look = std::function<bool(const std::string& own_queue)>;

  // `job_queue` as it is. Throws Error.
  TrialOutcome run(const QueueSpec& job_queue, const DeadLetterRoute& route, const Look& look,
                   TimePoint deadline);

 private:
  // Whether the exchange hands on what has that key; a sentence if it does not.
  std::string what_stops(const DeadLetterRoute& route, TimePoint deadline);
  // Refuses a message of the queue; whether it arrives at the other.
  bool arrives(const std::string& from, const std::string& to, const Look& look,
               TimePoint deadline);
  template <typename Event>
  Event wait_for(TimePoint deadline, const std::string& what);

  Connection& connection_;
  const AmqpUrl& url_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace holdfast
