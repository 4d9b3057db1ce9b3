// Runs the task of one attempt: checkpoints at the interval or when the task says so, answers
// whoever asks, learns that it was superseded, stops the task when the worker drains.
//
//   timer or task ──▶ snapshot ──▶ (waits, the latest wins) ──▶ save ──▶ commit ──▶ retire
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "checkpoint/job_log.h"
#include "core/ending.h"
#include "core/interval.h"
#include "worker/context.h"
#include "worker/mail.h"
#include "worker/task_limits.h"
#include "worker/watch.h"

namespace holdfast {

struct TaskOutcome {
  TaskExited exit;
  std::optional<StopReason> asked_to_stop;  // By us.
  Duration limit{0};                        // The one it ran into, for time_limit and stall.
  bool superseded = false;                  // Nothing that it did counts any more, or cancelled.
  Progress progress;
};

class Supervisor {
 public:
  Supervisor(const WorkerPorts& ports, const WorkerSettings& settings, Mail& mail, JobLog& log,
             Watch& watch, const std::string& attempt_id, const std::string& job);

  // Starts the task and returns when it is gone and nothing of it is in transfer any more.
  // `snapshots` is where snapshots wait. Throws Error (rejected) if it cannot be started.
  TaskOutcome run(const TaskSpec& spec, const std::filesystem::path& snapshots);

  // Stores what the task left in `directory` as its last checkpoint, until `deadline`. True if it
  // is committed.
  bool save_last(const std::filesystem::path& directory, TimePoint deadline);

 private:
  // What is waited for, and since when; one thing of each kind at a time.
  struct Snapshots {
    std::filesystem::path folder;
    std::uint64_t count = 0;
    bool taking = false;
    bool task_waits = false;  // The task asked for one while another was being taken.
    std::optional<std::filesystem::path> waiting;
    Duration held_for_waiting{0};  // How long the task stood still for it.
    std::optional<std::filesystem::path> saving;
    std::optional<std::filesystem::path> saved;  // The last one that was.
    Progress progress_of_waiting;  // What the task had said when the snapshot was taken.
    Progress progress_of_saving;
  };

  void handle(const TaskEvent& event);
  void handle(const TransferAnswer& answer);
  void handle_saved(const SavedCheckpoint& saved);

  void take_snapshot(SnapshotMode mode);
  void take_snapshot_if_due();
  Duration checkpoint_interval() const;
  void start_transfer_if_free();
  void commit_if_pending();
  void watch_if_due();
  void stop_if_draining();
  void stop_if_over_limit();
  void ask_to_stop(StopReason reason);
  void supersede();
  void await_transfer();
  void finish_commit();
  // What may be done once its time has come.
  bool may_freeze() const;
  bool may_commit() const;
  bool may_watch() const;
  bool may_save() const;
  bool may_retire() const;
  bool may_limit() const;
  TimePoint wake_up() const;
  void drop(std::optional<std::filesystem::path>& snapshot);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Mail& mail_;
  JobLog& log_;
  Watch& watch_;
  const std::string attempt_id_;
  const std::string job_;

  std::stop_source stop_;  // Requested: transfers of this attempt give up.
  Snapshots snapshots_;
  bool transfer_busy_ = false;
  std::optional<SavedCheckpoint> to_commit_;
  std::vector<CheckpointRef> to_retire_;
  std::vector<CheckpointRef> retiring_;  // In transfer.
  bool task_signals_ = false;  // The task says itself when it is consistent: never freeze it.

  TaskLimits limits_;
  CheckpointCost cost_;  // Of the last one that was saved.
  TimePoint saving_since_;
  TimePoint next_checkpoint_;
  TimePoint next_save_;
  TimePoint next_retire_;
  TimePoint next_commit_;

  Progress progress_;
  std::optional<TaskExited> exit_;
  std::optional<StopReason> asked_to_stop_;
  bool superseded_ = false;
};

}  // namespace holdfast
