#include "adapters/local/running_task.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <utility>

#include "adapters/local/oom_kills.h"
#include "base/check.h"
#include "base/file.h"
#include "base/log.h"

namespace holdfast {

namespace {

constexpr std::size_t kReadBytesMax = 64 * 1024;
// After the end only what the pipe holds is left to read; the kernel's bound of a pipe is 1 MiB.
constexpr int kReadsAtEndMax = 64;
constexpr Duration kWrotePause = std::chrono::seconds(1);
constexpr const char* kCgroup = "/sys/fs/cgroup";
constexpr Duration kCopierAnswerWait = std::chrono::seconds(1);
constexpr const char* kBeingStopped = "the task is being stopped";

struct OutputPipe {
  FileDescriptor ours;
  FileDescriptor the_tasks;
};

OutputPipe make_output_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_system_error("make", "a pipe for the task's output");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

TaskCommand command_of(const TaskSpec& spec, const std::filesystem::path& start_directory,
                       const std::filesystem::path& proc,
                       const std::optional<ControlSocket>& socket) {
  TaskCommand command;
  command.arguments = spec.arguments;
  command.environment = spec.environment;
  command.working_directory = spec.working_directory;
  command.start_directory = start_directory;
  command.proc = proc;
  if (socket) {
    command.environment["HOLDFAST_SOCKET"] = socket->path().string();
    command.socket = socket->path();
    command.socket_folder = socket->own_folder();
  }
  return command;
}

TaskExited exit_of(int wait_status) {
  TaskExited exited;
  if (WIFSIGNALED(wait_status)) {
    exited.signal = WTERMSIG(wait_status);
  } else {
    exited.code = WEXITSTATUS(wait_status);
  }
  return exited;
}

int poll_timeout_ms(const std::optional<TimePoint>& deadline, TimePoint now) {
  constexpr std::int64_t kWaitMsMax = 60'000;
  if (!deadline) return -1;  // The guard's channel wakes us at the latest when the task ends.
  if (*deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now);
  return static_cast<int>(std::min<std::int64_t>(left.count(), kWaitMsMax));
}

std::optional<TimePoint> earlier(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

RunningTask::RunningTask(const TaskSpec& spec, const std::filesystem::path& start_directory,
                         const std::filesystem::path& proc, const Clock& clock,
                         const RunnerParts& parts)
    : clock_(clock),
      parts_(parts),
      proc_(proc),
      checkpoint_directory_(spec.checkpoint_directory),
      oom_kills_before_(oom_kills(proc, kCgroup)),
      tail_(spec.label.empty() ? "" : spec.label + " | ", parts.line) {
  if (!spec.socket.empty()) {
    socket_.emplace(start_directory / spec.socket);
    voice_.emplace(*socket_, clock_, parts_.post_event);
  }
  OutputPipe pipe = make_output_pipe();
  output_ = std::move(pipe.ours);
  guarded_ = std::make_unique<GuardedTask>(command_of(spec, start_directory, proc, socket_),
                                           std::move(pipe.the_tasks));
  stop_handler_.emplace(proc_, guarded_->process(), clock_.now());
  thread_ = std::thread([this] { run(); });
}

RunningTask::~RunningTask() {
  order(StopTask{clock_.now()});
  thread_.join();
}

void RunningTask::order(TaskCommandWord command) {
  commands_.post(std::move(command));
  wake_.wake();
}

void RunningTask::run() {
  while (!end_) {
    wait();
    read_output();
    if (voice_) voice_->listen();
    obey_commands();
    kill_if_due();
    if (!end_) stop_handler_->look_if_due(clock_.now());
  }
  finish();
}

void RunningTask::wait() {
  const std::optional<TimePoint> kill_at = killed_ ? std::nullopt : kill_at_;
  const std::optional<TimePoint> due =
      earlier(earlier(kill_at, voice_ ? voice_->next_due() : std::nullopt), stop_handler_->due());
  std::array<pollfd, 4> waits = {
      pollfd{wake_.descriptor(), POLLIN, 0}, pollfd{guarded_->channel(), POLLIN, 0},
      pollfd{output_.get(), POLLIN, 0}, pollfd{socket_ ? socket_->descriptor() : -1, POLLIN, 0}};
  const int ready = ::poll(waits.data(), waits.size(), poll_timeout_ms(due, clock_.now()));
  check(ready >= 0 || errno == EINTR, "poll refused the runner's descriptors");
  if (ready > 0 && waits[1].revents != 0) hear_guard();
}

void RunningTask::read_output() {
  std::array<char, kReadBytesMax> bytes;
  const ssize_t got = output_.open() ? ::read(output_.get(), bytes.data(), bytes.size()) : -1;
  if (got == 0) output_.reset();
  if (got <= 0) return;
  tail_.append({bytes.data(), static_cast<std::size_t>(got)});
  if (clock_.now() < next_wrote_) return;
  next_wrote_ = clock_.now() + kWrotePause;
  parts_.post_event(TaskWrote{tail_.tail()});
}

void RunningTask::hear_guard() {
  const std::optional<GuardReport> report = guarded_->receive();
  if (!report) {
    log(LogLevel::error, "task guard lost", {{"process", guarded_->process()}});
    end_.emplace();
    end_->signal = SIGKILL;
    return;
  }
  switch (report->word) {
    case GuardWord::frozen:
      if (--freezes_asked_ > 0) break;  // It may have gone on since; the last answer counts.
      if (snapshot_phase_ == SnapshotPhase::freezing) start_copy();
      break;
    case GuardWord::not_frozen:
      if (--freezes_asked_ > 0) break;
      frozen_ = false;
      // All of it goes on; what holds it back only saves work, so it is not tried again.
      if (std::exchange(held_, false)) log(LogLevel::warn, "task did not stand still when held");
      if (snapshot_phase_ == SnapshotPhase::freezing) {
        end_snapshot({"the task did not stand still in time"});
      }
      break;
    case GuardWord::ended:
      end_ = exit_of(report->value);
      end_->left_running = static_cast<std::uint32_t>(report->left_running);
      break;
    case GuardWord::started:
    case GuardWord::not_started:
      check(false, "a guard started its task twice");
  }
}

void RunningTask::obey_commands() {
  static_cast<void>(wake_.clear());  // Commands that come from here on wake us again.
  while (std::optional<TaskCommandWord> command = commands_.take()) {  // Ends: it is bounded.
    std::visit([this](const auto& word) { obey(word); }, *command);
  }
}

void RunningTask::obey(const StopTask& stop) {
  const bool first = !kill_at_;
  kill_at_ = earlier(kill_at_, stop.kill_at);
  const bool at_once = *kill_at_ <= clock_.now();
  if (!first || at_once) return;
  const bool was_held = std::exchange(held_, false);
  // The last checkpoint is taken when the task has ended; a frozen one must not wait for a copy.
  if (frozen_) {
    ask_to_stop_after_thaw_ = true;
    copier_.request_stop();
  } else {
    if (was_held) guarded_->send(GuardCommand::thaw);
    guarded_->send(GuardCommand::ask_to_stop);
  }
}

void RunningTask::kill_if_due() {
  if (killed_ || !kill_at_ || clock_.now() < *kill_at_) return;
  killed_ = true;
  guarded_->send(GuardCommand::kill);
}

void RunningTask::obey(const HoldTask& order) {
  if (order.hold == held_ || kill_at_) return;
  held_ = order.hold;
  // A snapshot that is being taken keeps it still, and lets it go on unless it is held.
  if (frozen_) return;
  if (held_) {
    freeze();
  } else {
    guarded_->send(GuardCommand::thaw);
  }
}

void RunningTask::freeze() {
  freezes_asked_ += 1;
  guarded_->send(GuardCommand::freeze);
}

void RunningTask::obey(const TakeSnapshot& order) {
  check(snapshot_phase_ == SnapshotPhase::none, "two snapshots of one task at a time");
  snapshot_directory_ = order.directory;
  const std::optional<TimePoint> waits_since = voice_ ? voice_->begin_snapshot() : std::nullopt;
  still_since_ = clock_.now();
  copied_told_ = false;
  // Somebody who waits for the answer keeps the directory still. Nobody waits if the message had
  // no sender's address, or an earlier snapshot served it.
  if (order.mode == SnapshotMode::task_waits && waits_since) {
    still_since_ = *waits_since;
    start_copy();
  } else if (kill_at_) {
    end_snapshot({kBeingStopped});
  } else {
    frozen_ = true;
    snapshot_phase_ = SnapshotPhase::freezing;
    freeze();
  }
}

void RunningTask::start_copy() {
  snapshot_phase_ = SnapshotPhase::copying;
  copier_ = std::jthread([this](const std::stop_token& stop) {
    CopyEnded ended;
    try {
      ended.left_out = parts_.copy(checkpoint_directory_, snapshot_directory_, stop,
                                   [this] { order(DirectoryFree{}); });
    } catch (const std::exception& error) {
      ended.failure = error.what();
      if (ended.failure.empty()) ended.failure = "unknown";
      ended.disk_full = dynamic_cast<const DiskFull*>(&error) != nullptr;
    }
    order(ended);
  });
  if (ask_to_stop_after_thaw_) copier_.request_stop();
}

// Who asked for the snapshot waits for all of it.
void RunningTask::obey(const DirectoryFree&) {
  snapshot_phase_ = SnapshotPhase::completing;
  if (!frozen_) return;
  let_go();
  tell_copied();
}

void RunningTask::let_go() {
  if (frozen_ && !held_) guarded_->send(GuardCommand::thaw);
  frozen_ = false;
  if (std::exchange(ask_to_stop_after_thaw_, false)) guarded_->send(GuardCommand::ask_to_stop);
}

void RunningTask::tell_copied() {
  if (std::exchange(copied_told_, true)) return;
  parts_.post_event(SnapshotCopied{clock_.now() - still_since_});
}

void RunningTask::obey(const CopyEnded& ended) {
  copier_.join();
  const bool given_up = !ended.failure.empty() && copier_.get_stop_token().stop_requested();
  end_snapshot(given_up ? CopyEnded{kBeingStopped} : ended);
}

void RunningTask::end_snapshot(const CopyEnded& ended) {
  let_go();
  snapshot_phase_ = SnapshotPhase::none;
  if (voice_) voice_->end_snapshot(ended.failure);
  if (ended.failure.empty()) {
    tell_copied();
    parts_.post_event(SnapshotTaken{snapshot_directory_, ended.left_out});
  } else {
    parts_.post_event(SnapshotFailed{ended.failure, ended.disk_full});
  }
}

// Nothing of the task is left, so nothing is written any more: what its pipe and socket hold is the
// end of what it said.
void RunningTask::finish() {
  // One that is complete but for what it shares may be the last that this task ever gives.
  if (snapshot_phase_ == SnapshotPhase::copying) copier_.request_stop();
  while (snapshot_phase_ == SnapshotPhase::copying ||
         snapshot_phase_ == SnapshotPhase::completing) {  // Ends: the copier always says so.
    const std::optional<TaskCommandWord> word = commands_.next(clock_.now() + kCopierAnswerWait);
    if (word && std::holds_alternative<DirectoryFree>(*word)) obey(DirectoryFree{});
    if (word && std::holds_alternative<CopyEnded>(*word)) obey(std::get<CopyEnded>(*word));
  }
  for (int reads = 0; output_.open() && reads < kReadsAtEndMax; ++reads) read_output();
  if (voice_) voice_->finish();
  guarded_.reset();
  socket_.reset();
  end_->output_tail = tail_.finish();
  end_->answers_stop = stop_handler_->seen();
  const auto kills = oom_kills(proc_, kCgroup);
  end_->oom_kill = kills && oom_kills_before_ && *kills > *oom_kills_before_;
  parts_.post_event(std::move(*end_));
}

}  // namespace holdfast
