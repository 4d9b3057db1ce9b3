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
#include "worker/durability.h"
#include "worker/mail.h"
#include "worker/task_limits.h"
#include "worker/watch.h"

namespace holdfast {

struct TaskOutcome {
  TaskExited exit;
  std::optional<StopReason> asked_to_stop;  // By us.
  Duration limit{0};                        // The one it ran into, for time_limit and stall.
  bool superseded = false;                  // Nothing that it did counts any more, or cancelled.
  Duration ran{0};                          // Without the time that it was held back.
  Progress progress;
};

class Supervisor {
 public:
  Supervisor(const WorkerPorts& ports, const WorkerSettings& settings, Mail& mail, JobLog& log,
             Watch& watch, const std::string& attempt_id, const std::string& job,
             std::optional<Duration> mtbf);

  // Starts the task and returns when it is gone and nothing of it is in transfer any more.
  // `snapshots` is where snapshots wait. Throws Error (rejected) if it cannot be started.
  TaskOutcome run(const TaskSpec& spec, const std::filesystem::path& snapshots);

  // Stores what the task left in `directory` as its last checkpoint, until `deadline`. True if it
  // is committed.
  bool save_last(const std::filesystem::path& directory, TimePoint deadline);

 private:
  struct Snapshot {
    std::filesystem::path directory;
    TimePoint instant;  // Whose state it shows,
    Duration ran{0};    // when the task had run so long
    Progress progress;  // and had said this.
    Duration held{0};   // How long it stood still for it.
  };
  // What is waited for; one thing of each kind at a time.
  struct Snapshots {
    std::filesystem::path folder;
    std::uint64_t count = 0;
    bool taking = false;
    bool task_waits = false;  // The task asked for one while another was being taken.
    std::optional<Snapshot> waiting;
    std::optional<Snapshot> saving;
    std::optional<Snapshot> saved;  // The last one that was.
    bool left_out_said = false;
  };

  void handle(const TaskEvent& event);
  void handle(const TransferAnswer& answer);

  void take_snapshot(SnapshotMode mode);
  Snapshot snapshot_of(const std::filesystem::path& directory, Duration held) const;
  Progress progress_at(TimePoint instant) const;
  void take_snapshot_if_due();
  void say_left_out(const std::vector<std::filesystem::path>& left_out);
  void make_room();
  Duration checkpoint_interval() const;
  void start_transfer_if_free();
  void keep_output_if_due();
  void commit_if_pending();
  void tell_committed();
  void watch_if_due();
  void hold_back_or_let_go();
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
  bool may_keep_output() const;
  bool may_limit() const;
  bool may_hold_back() const;
  Durability::Line line() const;
  TimePoint wake_up() const;
  void drop(std::optional<Snapshot>& snapshot);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  Mail& mail_;
  JobLog& log_;
  Watch& watch_;
  const std::string attempt_id_;
  const std::string job_;
  // The interval adapts to it once a checkpoint was measured; nullopt: it does not.
  const std::optional<Duration> mtbf_;

  std::stop_source stop_;  // Requested: transfers of this attempt give up.
  Snapshots snapshots_;
  bool transfer_busy_ = false;
  std::optional<SavedCheckpoint> to_commit_;
  std::vector<CheckpointRef> to_retire_;
  std::vector<CheckpointRef> retiring_;  // In transfer.
  bool task_signals_ = false;  // The task says itself when it is consistent: never freeze it.

  TaskLimits limits_;
  Durability durability_;
  bool save_failed_ = false;  // The last one that was tried.
  CheckpointCost cost_;       // Of the last one that was saved.
  TimePoint saving_since_;
  TimePoint next_checkpoint_;
  TimePoint next_save_;
  TimePoint next_retire_;
  TimePoint next_commit_;
  TimePoint next_keep_;

  Progress progress_;
  std::string output_so_far_;  // Its end, while it runs, unless it is stored already.
  // The attempt before vanished, and this one has stored no progress yet: what it prints may be all
  // that is ever heard of it.
  bool may_vanish_too_ = false;
  std::optional<TaskExited> exit_;
  std::optional<StopReason> asked_to_stop_;
  bool superseded_ = false;
};

}  // namespace holdfast
