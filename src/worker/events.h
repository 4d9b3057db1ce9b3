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

// A person, or the batch system, wants a checkpoint now.
struct CheckpointRequested {};

// No reconnect will help: the queue is gone, or access to it.
struct QueueFailed {
  std::string reason;
};

// Nothing is left in the queue that could come to us.
struct QueueEmpty {};

// As TransferAnswer, to a command for a job whose delivery is parked.
struct ParkedAnswer {
  JobId job;
  TransferAnswer answer;
};

// The log of an attempt that ended is stored.
struct TaskLogStored {};

using Event =
    std::variant<Delivery, ConnectionLost, ConnectionMade, QueueFailed, QueueEmpty, DrainRequested,
                 CheckpointRequested, TaskEvent, TransferAnswer, ParkedAnswer, TaskLogStored>;

// The answer to `command` as an event.
inline Event answer_to(const TransferCommand& command, TransferAnswer answer) {
  if (command.parked) return ParkedAnswer{*command.parked, std::move(answer)};
  return answer;
}

}  // namespace holdfast
