// One worker slot: a session and the threads that wait for the outside world on its behalf, made
// and joined here.
//
//   queue thread    owns the Consumer      ──┐
//   transfer thread owns the Transfer      ──┼──▶ inbox ──▶ session (the caller's thread)
//   log thread      stores what is printed ──┤
//   runner's thread owns the task          ──┘
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/mailbox.h"
#include "ports/clock.h"
#include "ports/queue.h"
#include "ports/runner.h"
#include "ports/store.h"
#include "worker/context.h"
#include "worker/session.h"

namespace holdfast {

// Where a task's events go, and what it prints, as it comes from its pipe. From the runner's
// thread.
struct TaskSinks {
  std::function<void(TaskEvent)> event;
  std::function<void(std::string_view bytes)> output;
};

// What a worker is built from; it owns what it is given by pointer. The store is borrowed: any
// thread may call it, so that the slots of one process share it and its connections.
struct WorkerParts {
  std::unique_ptr<Consumer> consumer;
  std::unique_ptr<Publisher> publisher;
  Store& store;
  // Makes the runner, whose events and output go to the sinks.
  std::function<std::unique_ptr<Runner>(const TaskSinks&)> make_runner;
  std::function<void(const JobNews&)> tell;
  const InputFetcher* inputs = nullptr;  // Borrowed; any thread may call it.
  EndTeller ended = {};                  // Never waits.
};

class Worker {
 public:
  // Borrows the clock.
  Worker(Clock& clock, WorkerParts parts, WorkerSettings settings);

  // Works until drained, empty or unable; the calling thread becomes the session's. Never throws:
  // what stands in the way of all work is the summary's failure.
  SessionSummary run();

  // Take a checkpoint of the job that runs, if one does, now. Any thread.
  void checkpoint();
  // Take no new work, stop the task with grace, hand back, end. Any thread.
  void drain();

  // What it is doing. Any thread.
  const WorkerBoard& board() const noexcept { return board_; }

 private:
  SessionSummary work();

  Clock& clock_;
  WorkerParts parts_;
  const WorkerSettings settings_;
  Mailbox<Event> inbox_;
  WorkerBoard board_;
};

}  // namespace holdfast
