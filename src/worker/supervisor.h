// Runs the task of one attempt: takes checkpoints at the interval or when the task asks, answers
// other workers that ask, notices that it is superseded, stops the task when the worker drains.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/ending.h"
#include "joblog/job_log.h"
#include "worker/checkpointer.h"
#include "worker/context.h"
#include "worker/durability.h"
#include "worker/events.h"
#include "worker/session_events.h"
#include "worker/store_calls.h"
#include "worker/task_limits.h"
#include "worker/time_sheet.h"
#include "worker/watch.h"

namespace holdfast {

struct TaskOutcome {
  TaskExited exit;
  std::optional<StopReason> asked_to_stop;  // By us.
  Duration limit{0};                        // The one it ran into, for time_limit and stall.
  bool said_finished = false;
  bool superseded = false;  // Nothing that it did counts any more, or cancelled.
  Duration ran{0};          // Without the time that it was held back.
  Progress progress;
};

class Supervisor {
 public:
  Supervisor(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events,
             StoreCalls& store_calls, JobLog& log, Watch& watch, TimeSheet& time_sheet,
             const std::string& attempt_id, const std::string& job, std::optional<Duration> mtbf);

  // Starts the task and returns when it is gone and nothing of it is in transfer any more.
  // `snapshots` is where snapshots wait, `resumed` what the directory was restored from. Throws
  // Error (machine) if it cannot be started.
  TaskOutcome run(const TaskSpec& spec, const std::filesystem::path& snapshots,
                  const std::optional<CheckpointRef>& resumed);

  // Stores what the task left in `directory` as its last checkpoint, until `deadline`. `by_task`:
  // it said so. True if it is committed.
  bool save_last(const std::filesystem::path& directory, bool by_task, TimePoint deadline);
  // Removes what is not needed any more: checkpoints that the last one retired, and snapshots. The
  // attempt may have ended. Until `deadline`; what is left then is removed by a later attempt.
  void remove_leftovers(TimePoint deadline);

 private:
  void handle(const TaskEvent& event);
  void handle(const TransferAnswer& answer);

  Snapshot snapshot_now(Duration held) const;
  Progress progress_at(TimePoint instant) const;
  void commit_if_due();
  void note_durable();
  void watch_if_due();
  void hold_back_or_let_go();
  void stop_if_draining();
  void wait_for_our_stop();
  void stop_if_over_limit();
  void ask_to_stop(StopReason reason);
  void supersede();
  void await_transfer();
  void finish_commit();
  void tell(JobNews::Phase phase, const std::string& printed = {}) const;
  // What may be done once its time has come.
  bool may_freeze() const;
  bool may_watch() const;
  bool may_limit() const;
  bool may_hold_back() const;
  Durability::Line line() const;
  std::optional<Event> listen();
  void forgive_deafness();
  TimePoint wake_up() const;

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  StoreCalls& store_calls_;
  JobLog& log_;
  Watch& watch_;
  TimeSheet& time_sheet_;
  const std::string attempt_id_;
  const std::string job_;

  Checkpointer checkpointer_;
  TaskLimits limits_;
  TimePoint heard_until_;  // What came by then was looked at.
  Durability durability_;

  Progress progress_;
  std::optional<TaskExited> exit_;
  std::optional<StopReason> asked_to_stop_;
  bool said_finished_ = false;
  bool superseded_ = false;
};

}  // namespace holdfast
