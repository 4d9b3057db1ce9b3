#include "adapters/local/process_runner.h"

#include <utility>

#include "adapters/local/orphans.h"

namespace holdfast {

ProcessRunner::ProcessRunner(const Clock& clock, RunnerParts parts)
    : ProcessRunner(clock, std::move(parts), "/proc") {}

ProcessRunner::ProcessRunner(const Clock& clock, RunnerParts parts, std::filesystem::path proc)
    : clock_(clock),
      parts_(std::move(parts)),
      start_directory_(std::filesystem::current_path()),
      proc_(std::move(proc)) {
  become_subreaper(proc_);
}

ProcessRunner::~ProcessRunner() = default;

void ProcessRunner::start(const TaskSpec& spec) {
  task_.reset();
  task_ = std::make_unique<RunningTask>(spec, start_directory_, proc_, clock_, parts_);
}

void ProcessRunner::snapshot(SnapshotMode mode, const std::filesystem::path& directory) {
  if (task_) task_->order(TakeSnapshot{mode, directory});
}

void ProcessRunner::hold() {
  if (task_) task_->order(HoldTask{true});
}

void ProcessRunner::resume() {
  if (task_) task_->order(HoldTask{false});
}

void ProcessRunner::stop(Duration grace) {
  if (task_) task_->order(StopTask{clock_.now() + grace});
}

}  // namespace holdfast
