// What a session is given: its doors and its settings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/mailbox.h"
#include "core/claim.h"
#include "core/fleet_layout.h"
#include "core/notice.h"
#include "ports/clock.h"
#include "ports/queue.h"
#include "ports/runner.h"
#include "ports/store.h"
#include "tasklog/log_keeper.h"
#include "worker/events.h"
#include "worker/worker_board.h"

namespace holdfast {

// The session's end of the queue; the Consumer behind it belongs to another thread.
class QueueLink {
 public:
  virtual ~QueueLink() = default;
  // Asks for one delivery; it comes as an event. Asking again before it came is harmless.
  virtual void want_one() = 0;
  // Takes the wish back; a delivery may be on its way already.
  virtual void want_none() = 0;
  virtual void settle(DeliveryTag tag, Settlement settlement) = 0;
};

struct WorkerSettings {
  std::string worker;                // This worker's id: in records, logs, as consumer tag.
  std::string version = {};          // Of holdfast: it stands with each result.
  std::vector<std::string> command;  // The program and its arguments, with {field}s.
  // Of the worker's secrets, those that the program is given (ports/runner.h).
  std::vector<std::string> passed_environment = {};
  std::optional<TaskUser> run_as = {};  // nullopt: the worker's own user.
  bool terminal = false;                // The program's output is a terminal of its own.
  // Patterns of what is the result beside the output directory (worker/named_results.h), with
  // {field}s.
  std::vector<std::string> results = {};
  // What checkpoints leave out, beside what the checkpoint directory says itself.
  std::vector<std::string> excluded = {};
  std::filesystem::path work_directory;
  // Where the program runs; empty: in its checkpoint directory.
  std::filesystem::path working_directory;
  std::size_t slot = 1;  // Which of the program's places for one job at a time this is.
  Duration checkpoint_every = std::chrono::minutes(5);  // Zero: only when the program says so.
  // Instead of checkpoint_every once a checkpoint was measured: what loses least at this mean time
  // between interruptions (core/interval.h).
  std::optional<Duration> adapt_to_mtbf;
  // Where the fleet keeps how long its attempts lived, by which that mean time is learned; nullopt:
  // it stands as given.
  std::optional<FleetLayout> lifetimes;
  // Where it stands which groups have stopped (submit --max-dead); nullopt: none ever does.
  std::optional<FleetLayout> stops;
  // The task is held back while it has done more than this that is not durable because the line is
  // too slow (worker/durability.h); zero: never.
  Duration lag_max{0};
  // Checkpoints that follow each other faster than this wait; the latest wins.
  Duration checkpoint_pause = std::chrono::seconds(1);
  // What all snapshots of a task that are there at one time may hold.
  std::uint64_t snapshot_space_bytes_max = ~std::uint64_t{0};
  Duration grace = std::chrono::seconds(30);  // Between SIGTERM and SIGKILL.
  // How long an attempt may run, and how long without a sign of life; zero: for ever. The task may
  // say its own stall_after.
  Duration time_limit{0};
  Duration stall_after{0};
  Duration last_save = std::chrono::minutes(5);  // For the last checkpoint of a drain.
  Patience patience;
  RetryPolicy retry;
  std::size_t checkpoints_kept = 3;
  std::size_t checkpoints_kept_when_completed = 0;
  // Run once before the first job; a node that fails it takes none. Empty: none.
  std::vector<std::string> self_test;
  Duration self_test_max = std::chrono::minutes(5);
  // Whether there are other nodes, on which a job may succeed that fails here.
  bool judge_node = true;
  // How many deliveries of jobs that others run are kept beside the slot's own.
  std::size_t parked_max = 8;
  // The queue sets a message aside after this many returns; nullopt: practically never. Messages
  // are renewed before (docs/protocol.md, Renewal).
  std::optional<std::uint64_t> delivery_limit;
  TaskLogSettings task_log = {};
  // A checkpoint that another program left, as a file name below the job's prefix.
  std::string foreign_checkpoint = "checkpoint.json";
  bool until_empty = false;  // End when nothing is left.
  // A worker that runs no task gives up when the broker, or the store, has been out of reach for so
  // long: who starts it again may do so elsewhere.
  Duration away_max = std::chrono::hours(1);
  // How often an owner looks at its log: usually, and while another message of its job may be with
  // somebody who is not patient.
  Duration watch_every = std::chrono::seconds(15);
  Duration watch_exposed = std::chrono::milliseconds(1500);
};

// What is worth telling a person who watches.
struct JobNews {
  enum class Phase {
    claimed,
    running,
    checkpointed,
    warned,  // Something did not go well, and the job goes on.
    storing,
    completed,
    waiting,
    dead,
    cancelled
  };
  std::string job;
  Phase phase = Phase::claimed;
  std::uint64_t attempt = 0;
  std::optional<double> progress;
  std::string detail;        // Why, for waiting and dead; what, for warned.
  std::string printed = {};  // The last line, if there is a new one.
};

// A job has ended, and what that entails is done. `wished`: its message says that whoever submitted
// it wants to be told; `ours`: this worker wrote the record that says so.
using EndTeller = std::function<void(const JobEnd& end, bool wished, bool ours)>;

inline DeliveryFacts facts_of(const Delivery& delivery) {
  return {delivery.message_id, delivery.redelivered, delivery.earlier_holder_gone};
}

struct WorkerPorts {
  Clock& clock;
  Store& store;
  QueueLink& queue;
  Publisher& publisher;
  Runner& runner;
  // Posts a command to the transfer thread; its answer comes as an event.
  std::function<void(TransferCommand)> transfer;
  LogKeeper& task_log;
  Inbox<Event>& inbox;
  std::function<std::string()> new_attempt_id;
  std::function<void(const JobNews&)> tell;
  WorkerBoard& board;
  EndTeller ended = {};  // Empty: nobody listens.
};

}  // namespace holdfast
