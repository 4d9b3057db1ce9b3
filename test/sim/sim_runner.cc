#include "sim_runner.h"

#include <filesystem>
#include <fstream>

#include "base/file.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t kStateBytesMax = 100;

}  // namespace

std::string expected_result(std::uint64_t steps) {
  return std::to_string(steps * (steps + 1) / 2);
}

void SimRunner::start(const TaskSpec& spec) {
  spec_ = spec;
  running_ = true;
  run_ += 1;
  step_ = sum_ = 0;
  if (const auto state = read_file(spec.checkpoint_directory / "state", kStateBytesMax)) {
    const std::size_t space = state->find(' ');
    step_ = std::stoull(*state);
    sum_ = std::stoull(state->substr(space + 1));
  }
  world_.note(worker_ + " task starts " + spec.label + " at step " + std::to_string(step_));
  watch_.started(spec.label, std::stoull(spec.environment.at("HOLDFAST_ATTEMPT")), step_);
  step_later();
}

void SimRunner::step_later() {
  world_.at(world_.now() + world_.between(5s, 40s), [this, run = run_] {
    if (run != run_ || !running_) return;
    if (frozen_until_ > world_.now()) {
      world_.at(frozen_until_, [this, run] {
        if (run == run_ && running_) step();
      });
      return;
    }
    step();
  });
}

void SimRunner::step() {
  const std::uint64_t steps = std::stoull(spec_.arguments.at(1));
  if (world_.now().time_since_epoch() < faults_.quiet_after && world_.chance(faults_.task_fails)) {
    end(1, std::nullopt);
    return;
  }
  if (world_.now().time_since_epoch() < faults_.quiet_after && world_.chance(faults_.doomed)) {
    end(65, std::nullopt);
    return;
  }
  if (step_ < steps) {
    step_ += 1;
    sum_ += step_;
    save();
    post(TaskSaid{static_cast<double>(step_) / static_cast<double>(steps), {}, step_, {}});
    if (world_.chance(0.3)) post(TaskCheckpoint{});
  }
  if (step_ < steps) {
    step_later();
    return;
  }
  std::ofstream(std::filesystem::path(spec_.environment.at("HOLDFAST_OUTPUT_DIR")) / "result.txt")
      << sum_;
  end(0, std::nullopt);
}

void SimRunner::save() const {
  const auto state = spec_.checkpoint_directory / "state";
  std::ofstream(state.string() + ".tmp") << step_ << ' ' << sum_;
  std::filesystem::rename(state.string() + ".tmp", state);
}

void SimRunner::end(std::optional<int> code, std::optional<int> signal) {
  running_ = false;
  world_.note(worker_ + " task ends " + spec_.label + " at step " + std::to_string(step_));
  post(TaskExited{code, signal, "the end of the output", false, false, {}});
}

void SimRunner::snapshot(SnapshotMode, const std::filesystem::path& directory) {
  if (!running_) return;  // TaskExited is on its way.
  std::filesystem::copy(spec_.checkpoint_directory, directory,
                        std::filesystem::copy_options::recursive);
  world_.at(world_.now() + world_.between(1ms, 100ms), [this, run = run_, directory] {
    if (run != run_ || !running_) return;
    post(SnapshotCopied{1ms});
    post(SnapshotTaken{directory});
  });
}

void SimRunner::stop(Duration grace) {
  if (!running_) return;
  if (grace == Duration::zero()) {
    watch_.killed_as_superseded(spec_.label);
    end(std::nullopt, 9);
    return;
  }
  world_.at(world_.now() + world_.between(0s, grace), [this, run = run_] {
    if (run == run_ && running_) end(std::nullopt, 15);
  });
}

void SimRunner::vanish() {
  running_ = false;
  run_ += 1;
}

void SimRunner::post(TaskEvent event) {
  inbox_.post(std::move(event));
}

}  // namespace holdfast::sim
