#include "sim_runner.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/file.h"

namespace holdfast::sim {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileBytesMax = 64 << 20;

void write(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  const fs::path temporary = path.string() + ".new";
  std::ofstream(temporary, std::ios::binary) << bytes;
  fs::rename(temporary, path);
}

}  // namespace

Files files_below(const fs::path& directory) {
  Files files;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    if (!item.is_regular_file()) continue;
    files[item.path().lexically_relative(directory).string()] =
        *read_file(item.path(), kFileBytesMax);
  }
  return files;
}

std::uint64_t step_in(const Files& files) {
  const auto state = files.find("state");
  return state == files.end() ? 0 : std::stoull(state->second);
}

void SimRunner::start(const TaskSpec& spec) {
  spec_ = spec;
  running_ = true;
  hangs_ = asked_to_stop_ = said_finished_ = false;
  run_ += 1;
  last_snapshot_.clear();
  read_back();
  world_.note(worker_ + " task starts " + spec.label + " at step " + std::to_string(step_));
  watcher_.task_started(worker_, spec.label, std::stoull(spec.environment.at("HOLDFAST_ATTEMPT")),
                        step_);
  since_ = world_.now();
  if (program().torn_at == step_ && step_ > 0 && program().torn_starts_left > 0) {
    program().torn_starts_left -= 1;
    world_.mark("program cannot read its checkpoint");
    return after(world_.between(1s, 5s), [this] { end(1, std::nullopt); });
  }
  // Where it can get no further it ends soon.
  const bool soon = program().stuck_at == step_ + 1 || program().again > 0;
  after(soon ? world_.between(1s, 15s) : world_.between(5s, 40s), [this] { step(); });
}

// Bytes out are bytes in.
void SimRunner::read_back() {
  const Files files = files_below(spec_.checkpoint_directory);
  step_ = step_in(files);
  if (files != files_at(program(), step_)) {
    world_.violate("G11: what " + spec_.label + " finds of step " + std::to_string(step_) +
                   " is not what it had written");
  }
}

// Later, unless this task is gone by then; a frozen one when it wakes.
void SimRunner::after(Duration delay, const std::function<void()>& action) {
  world_.at(world_.now() + delay, [this, run = run_, action] {
    if (run != run_ || !running_) return;
    const TimePoint thaw = std::max(frozen_until_, still_until_);
    if (thaw > world_.now()) return after(thaw - world_.now(), action);
    action();
  });
}

bool SimRunner::something_odd() {
  const Program& it = program();
  if (it.stuck_at == step_ + 1 && it.deadly) {
    world_.mark("program takes its machine with it");
    kill_machine();
    return true;
  }
  if (it.stuck_at == step_ + 1) {
    end(1, std::nullopt);
    return true;
  }
  if (world_.now() >= faults_.quiet_after) return false;
  if (world_.chance(it.fails)) {
    const bool by_signal = world_.chance(0.3);
    by_signal ? end(std::nullopt, SIGSEGV) : end(1, std::nullopt);
    return true;
  }
  const auto ends_with = [&](double probability, int code, const char* mark) {
    if (!running_ || !world_.chance(probability)) return;
    world_.mark(mark);
    end(code, std::nullopt);
  };
  ends_with(it.refuses, 65, "program exits with 65");
  ends_with(it.unfit, 69, "program exits with 69");
  ends_with(it.later, 75, "program exits with 75");
  ends_with(it.again, 85, "program exits with 85");
  if (running_ && world_.chance(it.hangs)) {
    world_.mark("program hangs");
    world_.note(worker_ + " task hangs " + spec_.label);
    hangs_ = true;
    watcher_.task_hangs(worker_, spec_.label);
  }
  return !running_ || hangs_;
}

void SimRunner::step() {
  if (hangs_ || something_odd()) return;
  if (step_ < program().steps) {
    step_ += 1;
    save();
    print("step " + std::to_string(step_) + "\n");
    post(
        TaskSaid{static_cast<double>(step_) / static_cast<double>(program().steps), {}, step_, {}});
    const bool says = program().signals && world_.chance(0.5);
    if (says) post(TaskCheckpoint{});
    watcher_.task_stepped(worker_, spec_.label, step_, says || !program().signals);
  }
  if (step_ < program().steps) return after(world_.between(5s, 40s), [this] { step(); });
  finish();
}

void SimRunner::finish() {
  const fs::path output = spec_.environment.at("HOLDFAST_OUTPUT_DIR");
  const std::uint64_t attempt = std::stoull(spec_.environment.at("HOLDFAST_ATTEMPT"));
  const std::uint64_t epoch = watcher_.epoch_of(spec_.label, attempt);
  for (const auto& [path, bytes] : result_of(program(), epoch)) write(output / path, bytes);
  if (!program().says_finished) return end(0, std::nullopt);
  said_finished_ = true;
  TaskSaid said;
  said.finished = true;
  post(said);
  const bool fails = world_.now() < faults_.quiet_after && world_.chance(program().fails);
  after(world_.between(10s, 60s), [this, fails] { end(fails ? 1 : 0, std::nullopt); });
}

void SimRunner::save() const {
  const Files before = files_at(program(), step_ - 1);
  const Files now = files_at(program(), step_);
  for (const auto& [path, bytes] : before) {
    if (!now.contains(path)) fs::remove(spec_.checkpoint_directory / path);
  }
  for (const auto& [path, bytes] : now) {
    const auto old = before.find(path);
    if (old == before.end() || old->second != bytes)
      write(spec_.checkpoint_directory / path, bytes);
  }
}

void SimRunner::end(std::optional<int> code, std::optional<int> signal) {
  running_ = false;
  TaskExited exited;
  exited.code = code;
  exited.signal = signal;
  exited.output_tail = "the end of the output";
  world_.note(worker_ + " task ends " + spec_.label + " at step " + std::to_string(step_) +
              (code ? " with code " : " by signal ") + std::to_string(code ? *code : *signal));
  if (asked_to_stop_ && said_finished_) world_.mark("stopped after it said that it was finished");
  watcher_.task_ended(worker_, spec_.label,
                      {exited, asked_to_stop_, said_finished_, world_.now() - since_});
  post(exited);
}

void SimRunner::snapshot(SnapshotMode mode, const fs::path& directory) {
  if (!running_) return;  // TaskExited is on its way.
  if (network_.faulty() && world_.chance(faults_.snapshot_fails)) {
    world_.mark("snapshot fails");
    // A program that asks for its snapshots itself asks again when it likes.
    network_.trouble(worker_, world_.now() + (program().signals ? 120s : 0s));
    const bool disk_full = world_.chance(0.5);
    return after(world_.between(1ms, 100ms), [this, disk_full] {
      post(SnapshotFailed{"simulated", disk_full});
    });
  }
  const Files now = files_at(program(), step_);
  const Files last = files_at(program(), last_snapshot_step_);
  fs::create_directories(directory);
  for (const auto& [path, bytes] : now) {
    const auto before = last.find(path);
    const bool same = before != last.end() && before->second == bytes;
    fs::create_directories((directory / path).parent_path());
    if (same && !last_snapshot_.empty() && fs::exists(last_snapshot_ / path)) {
      fs::create_hard_link(last_snapshot_ / path, directory / path);
    } else {
      fs::copy_file(spec_.checkpoint_directory / path, directory / path);
    }
  }
  last_snapshot_ = directory;
  last_snapshot_step_ = step_;
  // A program that asks for it waits for a moment only.
  const Duration still = world_.between(1ms, mode == SnapshotMode::freeze ? 3s : 100ms);
  still_until_ = world_.now() + still;
  watcher_.task_stands_still(worker_, still);
  after(still, [this, directory, still] {
    post(SnapshotCopied{measured(still)});
    post(SnapshotTaken{directory});
  });
}

void SimRunner::stop(Duration grace) {
  if (!running_) return;
  if (grace == Duration::zero()) {
    watcher_.task_killed(worker_, spec_.label);
    return end(std::nullopt, SIGKILL);
  }
  asked_to_stop_ = true;
  if (program().on_term == Program::OnTerm::ignores || hangs_) {
    return after(grace, [this] { end(std::nullopt, SIGKILL); });
  }
  after(world_.between(0s, grace), [this] {
    switch (program().on_term) {
      case Program::OnTerm::exits_0:  // As most do: it says nothing of whether it had finished.
        return end(0, std::nullopt);
      case Program::OnTerm::exits_75:
        return end(75, std::nullopt);
      case Program::OnTerm::exits_85:
        return end(85, std::nullopt);
      case Program::OnTerm::exits_1:
        return end(1, std::nullopt);
      default:
        return end(std::nullopt, SIGTERM);
    }
  });
}

void SimRunner::vanish() {
  watcher_.worker_vanished(worker_);
  running_ = false;
  run_ += 1;
}

void SimRunner::post(TaskEvent event) {
  inbox_.post(std::move(event));
}

}  // namespace holdfast::sim
