// The dead letters of a job queue, for a person: looked at, or taken out once something was done
// about them. Looking removes none, however often and on whichever broker. Adapters: RabbitMQ and
// SQLite; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace holdfast {

struct DeadLetter {
  std::string body;
  std::string message_id;  // Empty if the publisher gave none.
  // Those that it was published with, in any order: who set it aside says why. If the queue itself
  // did, holdfast-reason is its own word for that.
  std::vector<std::pair<std::string, std::string>> headers = {};
  // False: the body is longer than we read, and cut off.
  bool whole = true;
};

class DeadLetters {
 public:
  // Whatever was not removed is there for others again.
  virtual ~DeadLetters() = default;

  // The next letter, each once, in no order that can be relied on; nullopt when there is none
  // left. Those that come meanwhile may follow. Throws Error; the letters stay then.
  virtual std::optional<DeadLetter> next(TimePoint deadline) = 0;

  // Takes the letter that next() returned last out of the queue for good. Lost with the
  // connection, it may be there again afterwards.
  virtual void remove(TimePoint deadline) = 0;
};

}  // namespace holdfast
