// The checkpoints of one attempt while its task runs. One thing of each kind at a time.
//
//   timer or task ──▶ snapshot ──▶ (waits, the latest wins) ──▶ save ──▶ commit ──▶ retire
//
// Nothing here waits but a commit, for its append. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/interval.h"
#include "core/record.h"
#include "joblog/job_log.h"
#include "worker/context.h"
#include "worker/log_throttle.h"
#include "worker/session_events.h"

namespace holdfast {

// The task's directory as it was at one instant.
struct Snapshot {
  std::filesystem::path directory;
  TimePoint instant;
  Duration ran{0};       // When the task had run so long
  Progress progress;     // and had said this.
  TimeAccount spent;     // Of the attempt, up to then.
  Duration held{0};      // How long it stood still for it.
  bool by_task = false;  // The task said that its directory was consistent.
};

class Checkpointer {
 public:
  // Borrows all but the names. `mtbf`: the interval adapts to it once a checkpoint was measured;
  // nullopt: it does not.
  Checkpointer(const WorkerPorts& ports, const WorkerSettings& settings, SessionEvents& events,
               JobLog& log, const std::string& attempt_id, const std::string& job,
               std::optional<Duration> mtbf);

  // The task is about to start, from `resumed` if there is one. `snapshots` is where snapshots
  // wait.
  void begin(const std::filesystem::path& snapshots, const std::optional<CheckpointRef>& resumed);
  // It is gone.
  void task_ended();

  // What the task or its runner said.
  void task_asks();  // Its directory is consistent, and it waits for an answer.
  void copied(Snapshot snapshot) { snapshots_.copied = std::move(snapshot); }
  void taken(const std::filesystem::path& directory,
             const std::vector<std::filesystem::path>& left_out);
  // `stopping`: the task is being stopped, which nobody copies to the end.
  void not_taken(const SnapshotFailed& failed, bool stopping);
  // An answer to a command of ours. Says since when the task is known to have written something.
  std::optional<TimePoint> answered(const TransferAnswer& answer);

  // Do what is due, if it is.
  void freeze_if_due();
  enum class Commit {
    none,
    committed,
    unchanged,  // The newest that is committed shows the same: no record is written.
    superseded,
  };
  Commit commit_if_due();
  void transfer_if_due();
  // When something is. Only what would be done then counts: a time that passed unused would spin.
  TimePoint due(bool may_freeze) const;

  // The next checkpoint comes now. A program that says itself when its files are right goes on to.
  void take_at_once();
  // The snapshot is stored now rather than when its time comes.
  void save_at_once(Snapshot snapshot);
  void commit_at_once() { next_commit_ = TimePoint{}; }
  void drop_waiting() { drop(snapshots_.waiting); }
  // No snapshot is needed any more: what is stored next may need their space.
  void drop_all();
  // Transfers end soon, answered as stopped.
  void stop_transfers() { stop_.request_stop(); }
  // The attempt is superseded: nothing of it is stored any more.
  void give_up();

  // An append whose outcome is unknown comes before anything else.
  bool commits() const noexcept { return to_commit_.has_value(); }
  bool transfers() const noexcept { return transfer_busy_; }
  // Something is to be removed, from the store or from this machine.
  bool has_leftovers() const { return may_discard() || may_retire(); }
  // Something is not durable yet.
  bool on_its_way() const noexcept { return snapshots_.waiting || snapshots_.saving || to_commit_; }
  bool takes_snapshot() const noexcept { return snapshots_.taking; }
  // Whether the last that was tried could not be stored.
  bool failing() const noexcept { return failing_; }
  // Between two checkpoints.
  Duration interval() const;
  // The last that was committed, or is the same as what was.
  const Snapshot& committed() const { return to_commit_shows_; }

 private:
  struct Snapshots {
    std::filesystem::path folder;
    std::uint64_t count = 0;
    bool taking = false;
    bool by_task = false;     // The one that is being taken.
    bool task_waits = false;  // The task asked for one while another was being taken.
    Snapshot copied;          // Being completed.
    std::optional<Snapshot> waiting;
    std::optional<Snapshot> saving;
    std::optional<Snapshot> saved;  // The last one that was.
    bool left_out_said = false;
  };

  void take(SnapshotMode mode);
  void take_if_asked_meanwhile();
  void say_left_out(const std::vector<std::filesystem::path>& left_out);
  void make_room();
  AttemptOfJob attempt() const { return {*JobId::parse(job_), log_.newest()->attempt}; }
  void save();
  void retire();
  void discard();
  void warn(const std::string& what) const;
  void saved(const SavedCheckpoint& checkpoint);
  void not_stored(const TransferFailed& failed);
  void show_committed();
  bool may_freeze() const;
  bool may_transfer() const;
  bool may_save() const;
  bool may_retire() const;
  bool may_discard() const;
  void drop(std::optional<Snapshot>& snapshot);

  const WorkerPorts& ports_;
  const WorkerSettings& settings_;
  SessionEvents& events_;
  JobLog& log_;
  const std::string attempt_id_;
  const std::string job_;
  const std::optional<Duration> mtbf_;

  std::stop_source stop_;  // Requested: transfers of this attempt give up.
  Snapshots snapshots_;
  bool task_signals_ = false;  // The task says itself when it is consistent: never freeze it.
  bool transfer_busy_ = false;
  std::optional<CheckpointRef> resumed_;
  std::string committed_digest_;  // Of what the log names as this attempt's state.
  std::optional<SavedCheckpoint> to_commit_;
  Snapshot to_commit_shows_;   // Its directory may be gone, to make room.
  TimePoint committed_shows_;  // The instant that is in the log; before the first, the beginning.
  std::vector<CheckpointRef> to_retire_;
  std::vector<CheckpointRef> retiring_;  // In transfer.
  std::vector<std::filesystem::path> to_discard_;
  bool room_wanted_ = false;  // A snapshot is tried again once they are gone.
  bool given_up_ = false;
  bool failing_ = false;
  LogThrottle save_failures_;
  LogThrottle retire_failures_;

  CheckpointCost cost_;  // Of the last one that was saved.
  TimePoint saving_since_;
  TimePoint next_checkpoint_;
  TimePoint next_save_;
  TimePoint next_retire_;
  TimePoint next_commit_;
};

}  // namespace holdfast
