// The task of a simulated worker: adds up its steps, keeps {step, sum} in its checkpoint directory,
// leaves the sum as its result. It dies with its worker, as the guard sees to in the real one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/mailbox.h"
#include "faults.h"
#include "ports/runner.h"
#include "worker/events.h"
#include "world.h"

namespace holdfast::sim {

class SimRunner final : public Runner {
 public:
  struct Watch {
    // The task starts with this step restored.
    std::function<void(const std::string& job, std::uint64_t attempt, std::uint64_t step)> started;
    // The worker kills the task at once: it believes that it was superseded.
    std::function<void(const std::string& job)> killed_as_superseded;
  };

  SimRunner(World& world, const Faults& faults, std::string worker, Inbox<Event>& inbox,
            Watch watch)
      : world_(world),
        faults_(faults),
        worker_(std::move(worker)),
        inbox_(inbox),
        watch_(std::move(watch)) {}

  void start(const TaskSpec& spec) override;
  void snapshot(SnapshotMode mode, const std::filesystem::path& directory) override;
  // Nobody is held back in the simulation: no lag is too large there.
  void hold() override {}
  void resume() override {}
  void stop(Duration grace) override;

  // The job whose task runs; empty if none does.
  std::string running() const { return running_ ? spec_.label : ""; }

  // The worker's process is gone, and the task with it.
  void vanish();
  void freeze(TimePoint until) { frozen_until_ = until; }

 private:
  void step_later();
  void step();
  void end(std::optional<int> code, std::optional<int> signal);
  void post(TaskEvent event);
  void save() const;

  World& world_;
  const Faults& faults_;
  const std::string worker_;
  Inbox<Event>& inbox_;
  const Watch watch_;

  TaskSpec spec_;
  bool running_ = false;
  std::uint64_t run_ = 0;  // Timers of an earlier task know by it that they are late.
  std::uint64_t step_ = 0;
  std::uint64_t sum_ = 0;
  TimePoint frozen_until_{};
};

// What a job of `steps` steps leaves as its result.
std::string expected_result(std::uint64_t steps);

}  // namespace holdfast::sim
