// The task of a simulated worker: goes the steps of its program, keeps the program's files in its
// checkpoint directory, and checks on its start that every byte is back. It dies with its worker,
// as the guard sees to in the real one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/mailbox.h"
#include "network.h"
#include "ports/runner.h"
#include "program.h"
#include "worker/events.h"
#include "world.h"

namespace holdfast::sim {

// What a checkpoint directory holds, and the step that it says it is at.
Files files_below(const std::filesystem::path& directory);
std::uint64_t step_in(const Files& files);

// How a task ended.
struct TaskEnded {
  TaskExited exited;
  bool asked = false;          // The worker had asked it to stop,
  bool said_finished = false;  // and it had said that its work was done.
  Duration ran{0};
};

// Who watches what tasks do.
class TaskWatcher {
 public:
  virtual ~TaskWatcher() = default;
  // A task starts with this step restored, and with files that are all as they were then.
  virtual void task_started(const std::string& worker, const std::string& job,
                            std::uint64_t attempt, std::uint64_t step) = 0;
  // `consistent`: a checkpoint of this state may be taken.
  virtual void task_stepped(const std::string& worker, const std::string& job, std::uint64_t step,
                            bool consistent) = 0;
  virtual void task_hangs(const std::string& worker, const std::string& job) = 0;
  virtual void task_ended(const std::string& worker, const std::string& job,
                          const TaskEnded& ended) = 0;
  // The epoch of its job that an attempt belongs to.
  virtual std::uint64_t epoch_of(const std::string& job, std::uint64_t attempt) const = 0;
  // The worker kills it at once: it believes that it was superseded.
  virtual void task_killed(const std::string& worker, const std::string& job) = 0;
  // A snapshot is taken of it, for which it stands still for so long from now on.
  virtual void task_stands_still(const std::string& worker, Duration length) = 0;
  // The worker's process is gone, whether a task ran or not.
  virtual void worker_vanished(const std::string& worker) = 0;
};

class SimRunner final : public Runner {
 public:
  SimRunner(World& world, const Faults& faults, Network& network,
            const std::map<std::string, Program>& programs, std::string worker, Inbox<Event>& inbox,
            TaskWatcher& watcher)
      : world_(world),
        faults_(faults),
        network_(network),
        programs_(programs),
        worker_(std::move(worker)),
        inbox_(inbox),
        watcher_(watcher) {}

  void start(const TaskSpec& spec) override;
  void snapshot(SnapshotMode mode, const std::filesystem::path& directory) override;
  // Nobody is held back in the simulation: no lag is too large there.
  void hold() override {}
  void resume() override {}
  void stop(Duration grace) override;

  // Ends the process of its worker.
  std::function<void()> kill_machine;

  // How long the worker's clock takes for it.
  std::function<Duration(Duration)> measured;

  // Takes what the task prints.
  std::function<void(std::string_view)> print;

  // The job whose task runs; empty if none does.
  std::string running() const { return running_ ? spec_.label : ""; }

  // The worker's process is gone, and the task with it.
  void vanish();
  void freeze(TimePoint until) { frozen_until_ = until; }

 private:
  const Program& program() const { return programs_.at(spec_.label); }
  void after(Duration delay, const std::function<void()>& action);
  void read_back();
  void step();
  // Whether it ends or hangs in place of the step.
  bool something_odd();
  void finish();
  void end(std::optional<int> code, std::optional<int> signal);
  void post(TaskEvent event);
  void save() const;

  World& world_;
  const Faults& faults_;
  Network& network_;
  const std::map<std::string, Program>& programs_;
  const std::string worker_;
  Inbox<Event>& inbox_;
  TaskWatcher& watcher_;

  TaskSpec spec_;
  bool running_ = false;
  bool hangs_ = false;
  bool asked_to_stop_ = false;
  bool said_finished_ = false;
  TimePoint since_{};
  std::uint64_t run_ = 0;  // Timers of an earlier task know by it that they are late.
  std::uint64_t step_ = 0;
  std::filesystem::path last_snapshot_;  // What did not change since is shared with it,
  std::uint64_t last_snapshot_step_ = 0;
  TimePoint frozen_until_{};
  TimePoint still_until_{};  // For a snapshot.
};

}  // namespace holdfast::sim
