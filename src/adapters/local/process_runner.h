// Runs tasks as child processes under a guard (guard.h), so that no process of a task outlives it
// or the worker, not even one that moved into a session of its own.
//
// HOLDFAST_SOCKET is set here, because only here it is known: TaskSpec::socket, or a short path of
// our own if that is longer than a socket's path may be. An empty TaskSpec::socket: no socket.
#pragma once

#include <filesystem>
#include <memory>

#include "adapters/local/running_task.h"
#include "ports/clock.h"
#include "ports/runner.h"

namespace holdfast {

class ProcessRunner final : public Runner {
 public:
  // A relative program name means a file below the working directory of this moment. `clock` is
  // borrowed.
  ProcessRunner(const Clock& clock, RunnerParts parts);

  // As above, with the process file system mounted elsewhere or nowhere.
  ProcessRunner(const Clock& clock, RunnerParts parts, std::filesystem::path proc);

  // Kills a task that still runs, and waits for its end.
  ~ProcessRunner() override;

  // Error is `unavailable` if the machine has no room for another process at this moment.
  void start(const TaskSpec& spec) override;
  void snapshot(SnapshotMode mode, const std::filesystem::path& directory) override;
  void hold() override;
  void resume() override;
  void stop(Duration grace) override;

 private:
  const Clock& clock_;
  const RunnerParts parts_;
  const std::filesystem::path start_directory_;
  const std::filesystem::path proc_;
  std::unique_ptr<RunningTask> task_;  // The last one, also after its end.
};

}  // namespace holdfast
