// Everything that can happen to a session, one at a time, from one inbox.
#pragma once

#include <string>
#include <variant>

#include "ports/queue.h"
#include "ports/runner.h"
#include "worker/transfer.h"

namespace holdfast {

// Take no new work; stop the task with grace, hand back, end.
struct DrainRequested {};

// No reconnect will help: the queue is gone, or access to it.
struct QueueFailed {
  std::string reason;
};

// Nothing is left in the queue that could come to us.
struct QueueEmpty {};

using Event = std::variant<Delivery, ConnectionLost, ConnectionMade, QueueFailed, QueueEmpty,
                           DrainRequested, TaskEvent, TransferAnswer>;

}  // namespace holdfast
