#include "adapters/local/running_task.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <system_error>
#include <utility>

#include "adapters/local/end_note.h"
#include "adapters/local/process_tree.h"
#include "adapters/local/task_user.h"
#include "base/check.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// A program that prints fast is held back by a short pipe. The system may refuse a longer one.
constexpr int kPipeBytes = 1024 * 1024;
constexpr std::size_t kReadBytesMax = 128 * 1024;
// So that a task that prints cannot keep us from our other descriptors.
constexpr int kReadsPerRoundMax = 16;
// After the end only what the pipe holds is left to read; the kernel's bound of a pipe is 1 MiB.
constexpr int kReadsAtEndMax = 64;
constexpr Duration kWrotePause = std::chrono::seconds(1);
constexpr Duration kCopierAnswerWait = std::chrono::seconds(1);
constexpr const char* kCgroup = "/sys/fs/cgroup";
constexpr const char* kBeingStopped = "the task is being stopped";
constexpr const char* kSayItYourself =
    "; let the program say when its directory is consistent (holdfast checkpoint)";

struct OutputPipe {
  FileDescriptor ours;
  FileDescriptor the_tasks;
};

OutputPipe make_output_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_system_error("make", "a pipe for the task's output");
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  static_cast<void>(::fcntl(ends[0], F_SETPIPE_SZ, kPipeBytes));
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// A terminal, whose bytes come as the task writes them. Nobody types anything.
OutputPipe make_output_terminal() {
  constexpr winsize kSize = {.ws_row = 40, .ws_col = 120, .ws_xpixel = 0, .ws_ypixel = 0};
  int ours = -1;
  int the_tasks = -1;
  if (::openpty(&ours, &the_tasks, nullptr, nullptr, &kSize) != 0) {
    throw_system_error("make", "a terminal for the task");
  }
  OutputPipe terminal{FileDescriptor(ours), FileDescriptor(the_tasks)};
  termios settings{};
  if (::tcgetattr(the_tasks, &settings) == 0) {
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(the_tasks, TCSANOW, &settings);
  }
  ::fcntl(ours, F_SETFL, O_NONBLOCK);
  for (const int end : {ours, the_tasks}) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  return terminal;
}

TaskCommand command_of(const TaskSpec& spec, const std::filesystem::path& start_directory,
                       const std::filesystem::path& proc,
                       const std::optional<ControlSocket>& socket) {
  TaskCommand command;
  command.arguments = spec.arguments;
  command.environment = spec.environment;
  command.passed_environment = spec.passed_environment;
  command.terminal = spec.terminal;
  command.user = spec.user;
  if (spec.user) {
    command.environment["HOME"] = spec.user->home;
    command.environment["USER"] = command.environment["LOGNAME"] = spec.user->name;
  }
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

std::string text_of(FreezeFault fault) {
  switch (fault) {
    case FreezeFault::too_many:
      return "the task has more than " + std::to_string(ProcessList::kProcessesMax) +
             " processes, too many to be stopped together" + kSayItYourself;
    case FreezeFault::not_supported:
      return std::string(
                 "the children of a process are not listed here (/proc is not mounted, or "
                 "a kernel without CONFIG_PROC_CHILDREN), so the task cannot be stopped as "
                 "a whole") +
             kSayItYourself;
    case FreezeFault::interrupted:
      return "another request came while the program was being stopped for it";
    case FreezeFault::too_slow:
      break;
  }
  return "the program could not be stopped in time";
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
      output_directory_(spec.output_directory),
      memory_killer_(proc, kCgroup),
      tail_(spec.label.empty() ? "" : spec.label + " | ", parts.line) {
  if (!spec.socket.empty()) {
    socket_.emplace(start_directory / spec.socket);
    voice_.emplace(*socket_, clock_, parts_.post_event);
  }
  if (spec.user) {
    hand_over(spec);
    if (socket_) give_to(*spec.user, socket_->path());
    if (socket_ && !socket_->own_folder().empty()) give_to(*spec.user, socket_->own_folder());
  }
  OutputPipe pipe = spec.terminal ? make_output_terminal() : make_output_pipe();
  if (spec.user && spec.terminal) {
    // It may open it by name, as /dev/tty.
    if (::fchown(pipe.the_tasks.get(), spec.user->id, spec.user->group) != 0) {
      throw_system_error("hand over", "the program's terminal");
    }
  }
  output_ = std::move(pipe.ours);
  guarded_ = std::make_unique<GuardedTask>(command_of(spec, start_directory, proc, socket_),
                                           std::move(pipe.the_tasks));
  stop_handler_.emplace(proc_, guarded_->process(), clock_.now());
  thread_ = start_thread("the task", [this] { run(); });
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
  try {
    while (!end_) {
      wait();
      read_output();
      if (voice_) voice_->listen();
      obey_commands();
      kill_if_due();
      if (!end_) stop_handler_->look_if_due(clock_.now());
    }
    finish();
  } catch (const std::exception& error) {
    give_up(error.what());
  }
}

// This machine has no memory, no descriptor or the like left: the task ends, and its job goes on
// elsewhere or later.
void RunningTask::give_up(const std::string& why) {
  standstill_.post(kBeingStopped);
  copier_ = {};
  guarded_.reset();
  TaskExited end;
  end.signal = SIGKILL;
  end.guard_lost = true;
  end.note = "the program cannot be watched any more: " + why;
  parts_.post_event(std::move(end));
}

void RunningTask::wait() {
  const bool killed = state_.stop == StopPhase::killed;
  const std::optional<TimePoint> kill_at = killed ? std::nullopt : kill_at_;
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
  bool any = false;
  for (int reads = 0; reads < kReadsPerRoundMax && read_some_output(); ++reads) any = true;
  const TimePoint now = clock_.now();
  if (!any || now < next_wrote_) return;
  next_wrote_ = now + kWrotePause;
  parts_.post_event(TaskWrote{tail_.last_line()});
}

bool RunningTask::read_some_output() {
  if (!output_.open()) return false;
  if (read_buffer_.empty()) read_buffer_.resize(kReadBytesMax);
  const ssize_t got = ::read(output_.get(), read_buffer_.data(), read_buffer_.size());
  // A terminal whose last user is gone cannot be read.
  if (got == 0 || (got < 0 && errno == EIO)) output_.reset();
  if (got <= 0) return false;
  const std::string_view bytes(read_buffer_.data(), static_cast<std::size_t>(got));
  if (parts_.output) parts_.output(bytes);
  tail_.append(bytes, clock_.now());
  return true;
}

void RunningTask::hear_guard() {
  const std::optional<GuardReport> report = guarded_->receive();
  if (!report) {
    log(LogLevel::error, "task guard lost", {{"process", guarded_->process()}});
    end_.emplace();
    end_->signal = SIGKILL;
    end_->guard_lost = true;
    return;
  }
  switch (report->word) {
    case GuardWord::frozen:
      if (guarded_->answered_last_freeze()) take(TaskInput::frozen, {kBeingStopped});
      break;
    case GuardWord::not_frozen: {
      if (!guarded_->answered_last_freeze()) break;
      if (state_.hold) log(LogLevel::warn, "task did not stand still when held");
      thawed_at_ = clock_.now();
      const bool stopping = state_.stop != StopPhase::none;
      take(TaskInput::not_frozen,
           {stopping ? kBeingStopped : text_of(static_cast<FreezeFault>(report->value))});
      break;
    }
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
  kill_at_ = earlier(kill_at_, stop.kill_at);
  if (*kill_at_ > clock_.now()) take(TaskInput::stop);
}

void RunningTask::kill_if_due() {
  if (kill_at_ && clock_.now() >= *kill_at_) take(TaskInput::kill);
}

void RunningTask::obey(const HoldTask& order) {
  take(order.hold ? TaskInput::hold : TaskInput::resume);
}

void RunningTask::obey(const TakeSnapshot& order) {
  check(state_.copy == CopyPhase::none, "two snapshots of one task at a time");
  snapshot_directory_ = order.directory;
  const std::optional<TimePoint> waits_since = voice_ ? voice_->begin_snapshot() : std::nullopt;
  // Somebody who waits for the answer keeps the directory still. Nobody waits if the message had
  // no sender's address, or an earlier snapshot served it.
  const bool attended = order.mode == SnapshotMode::task_waits && waits_since;
  if (attended) still_since_ = *waits_since;
  take(attended ? TaskInput::attended_snapshot : TaskInput::snapshot, {kBeingStopped});
}

// What is in the output directory belongs to the same instant. Not where the checkpoint directory
// holds nothing: such a program starts from zero.
void RunningTask::copy_output(const std::stop_token& stop) const {
  namespace fs = std::filesystem;
  std::error_code absent;
  if (!parts_.copy_output || output_directory_.empty() || fs::is_empty(output_directory_, absent) ||
      fs::is_empty(checkpoint_directory_, absent)) {
    return;
  }
  static_cast<void>(
      parts_.copy_output(output_directory_, snapshot_directory_ / kOutputInSnapshot, stop, {}));
}

void RunningTask::obey(const LookedAhead&) {
  still_since_ = clock_.now();
  take(TaskInput::looked_ahead);
}

// Who asked for the snapshot waits for all of it.
void RunningTask::obey(const DirectoryFree&) {
  take(TaskInput::directory_free);
}

void RunningTask::obey(const CopyEnded& ended) {
  copier_.join();
  // The task went on, or writes on, while it was copied: nobody knows what the copy holds.
  const bool loose = end_ && end_->guard_lost;
  if (ended.failure.empty() && !loose) return take(TaskInput::copied, ended);
  const bool given_up = loose || copier_.get_stop_token().stop_requested();
  take(TaskInput::copy_failed, given_up ? CopyEnded{kBeingStopped} : ended);
}

void RunningTask::take(TaskInput input, const CopyEnded& ended) {
  const TaskStep step = next_step(state_, input);
  state_ = step.state;
  if (step.freeze) guarded_->freeze();
  if (step.thaw) {
    guarded_->send(GuardCommand::thaw);
    thawed_at_ = clock_.now();
  }
  if (step.ask_to_stop) guarded_->send(GuardCommand::ask_to_stop);
  if (step.kill) guarded_->send(GuardCommand::kill);
  if (step.give_up_copy) {
    copier_.request_stop();
    standstill_.post(kBeingStopped);
  }
  if (step.let_copy) standstill_.post({});
  if (step.refuse_copy) standstill_.post(ended.failure);
  if (step.tell_copied) parts_.post_event(SnapshotCopied{clock_.now() - still_since_});
  if (step.end_snapshot) tell_snapshot(ended);
  if (step.start_copy) start_copy();
}

void RunningTask::start_copy() {
  try {
    while (standstill_.take()) {
    }
    const bool attended = state_.copy == CopyPhase::attended;
    copier_ = std::jthread([this, attended](const std::stop_token& stop) { copy(stop, attended); });
  } catch (const std::system_error& error) {
    take(TaskInput::copy_failed, {std::string("there is no room for a thread: ") + error.what()});
  }
}

void RunningTask::copy(const std::stop_token& stop, bool attended) {
  Standstill standstill;
  if (!attended) standstill.begin = [this] { await_standstill(); };
  standstill.end = [this, &stop] {
    copy_output(stop);
    order(DirectoryFree{});
  };
  CopyEnded ended;
  try {
    ended.left_out = parts_.copy(checkpoint_directory_, snapshot_directory_, stop, standstill);
  } catch (const std::exception& error) {
    ended.failure = error.what();
    if (ended.failure.empty()) ended.failure = "unknown";
    ended.disk_full = dynamic_cast<const DiskFull*>(&error) != nullptr;
  }
  order(ended);
}

void RunningTask::await_standstill() {
  order(LookedAhead{});
  std::optional<std::string> refusal;
  while (!refusal) {  // Ends: the task stands still, does not, or the copy is given up.
    refusal = standstill_.next(clock_.now() + kCopierAnswerWait);
  }
  if (!refusal->empty()) throw Error(ErrorKind::unavailable, *refusal);
}

void RunningTask::tell_snapshot(const CopyEnded& ended) {
  if (voice_) voice_->end_snapshot(ended.failure);
  if (ended.failure.empty()) {
    parts_.post_event(SnapshotTaken{snapshot_directory_, ended.left_out});
  } else {
    parts_.post_event(SnapshotFailed{ended.failure, ended.disk_full});
  }
}

// Nothing of the task is left, so nothing is written any more: what its pipe and socket hold is the
// end of what it said.
void RunningTask::finish() {
  const TaskState at_the_end = state_;
  take(TaskInput::ended);
  while (copier_.joinable()) {  // Ends: the copier always says so.
    const std::optional<TaskCommandWord> word = commands_.next(clock_.now() + kCopierAnswerWait);
    if (word && std::holds_alternative<DirectoryFree>(*word)) obey(DirectoryFree{});
    if (word && std::holds_alternative<CopyEnded>(*word)) obey(std::get<CopyEnded>(*word));
  }
  for (int reads = 0; output_.open() && reads < kReadsAtEndMax; ++reads) {
    static_cast<void>(read_some_output());
  }
  if (voice_) voice_->finish();
  guarded_.reset();
  socket_.reset();
  end_->output_tail = tail_.finish();
  end_->answers_stop = stop_handler_->seen();
  end_->oom_kill = memory_killer_.struck();
  const bool asked = at_the_end.stop != StopPhase::none;
  const auto since_thaw = thawed_at_ ? std::optional(clock_.now() - *thawed_at_) : std::nullopt;
  end_->note = end_note(*end_, memory_killer_.text(), asked ? std::nullopt : since_thaw);
  parts_.post_event(std::move(*end_));
}

}  // namespace holdfast
