#include "adapters/local/guarded_task.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "adapters/local/oom_score.h"
#include "adapters/local/orphans.h"
#include "adapters/local/program_lookup.h"
#include "adapters/local/task_environment.h"
#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Executing a program from a slow network file system takes its time.
constexpr std::chrono::milliseconds kStartWaitMax{30'000};

// Stands for "nothing to read" where there is no /dev/null: the reading end of a closed pipe.
FileDescriptor empty_input() {
  FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (nothing.open()) return nothing;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_system_error("make", "a pipe for the task");
  ::close(ends[1]);
  return FileDescriptor(ends[0]);
}

// The guard moves descriptors to 0, 1 and 2; what it moves must not lie there already.
FileDescriptor above_standard_streams(FileDescriptor low) {
  if (low.get() > STDERR_FILENO) return low;
  FileDescriptor high(::fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!high.open()) throw_system_error("duplicate", "a descriptor for the task");
  return high;
}

std::string search_path(const std::map<std::string, std::string>& environment) {
  const auto own = environment.find("PATH");
  if (own != environment.end()) return own->second;
  const char* inherited = ::getenv("PATH");
  return inherited != nullptr ? inherited : "/usr/local/bin:/usr/bin:/bin";
}

// Borrows `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void throw_not_started(const std::string& name, int error_number,
                                    const std::string& reason) {
  const bool no_room = error_number == EAGAIN || error_number == ENOMEM || error_number == ENFILE ||
                       error_number == EMFILE || error_number == ETXTBSY;
  const bool of_the_job = error_number == E2BIG;
  throw Error(no_room      ? ErrorKind::unavailable
              : of_the_job ? ErrorKind::rejected
                           : ErrorKind::machine,
              "cannot start " + name + ": " + reason);
}

std::string why_not_launched(const GuardReport& report, const std::filesystem::path& program,
                             const TaskCommand& command) {
  const std::string reason = std::generic_category().message(report.value);
  switch (report.step) {
    case LaunchStep::change_directory:
      return "cannot enter its working directory " + command.working_directory.string() + ": " +
             reason;
    case LaunchStep::change_user:
      return "it cannot be run as user " + command.user->name + ": " + reason;
    case LaunchStep::execute:
      return why_not_executed(program, report.value);
    case LaunchStep::wait:
      return "it did not begin within " + std::to_string(kStartWaitMax.count() / 1000) + " seconds";
    case LaunchStep::fork:
      break;
  }
  return reason;
}

const char* text_or_null(const std::filesystem::path& path) {
  return path.empty() ? nullptr : path.c_str();
}

}  // namespace

GuardedTask::GuardedTask(const TaskCommand& command, FileDescriptor output) : proc_(command.proc) {
  const std::string name = command.arguments.empty() ? "" : command.arguments.front();
  const std::filesystem::path program =
      find_program(name, command.start_directory, search_path(command.environment));
  std::vector<std::string> arguments = command.arguments;
  // A program that looks for its files beside itself must find them from any working directory.
  if (name.find('/') != std::string::npos) arguments.front() = program.string();
  std::vector<std::string> environment =
      task_environment(command.environment, command.passed_environment);
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const std::filesystem::path directory =
      (command.start_directory / command.working_directory).lexically_normal();

  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw_not_started(name, errno, std::generic_category().message(errno));
  }
  channel_ = FileDescriptor(ends[0]);
  FileDescriptor guards_channel(ends[1]);
  const FileDescriptor task_output = above_standard_streams(std::move(output));
  const FileDescriptor input =
      command.terminal ? FileDescriptor() : above_standard_streams(empty_input());

  GuardPlan plan;
  plan.worker = ::getpid();
  plan.channel = guards_channel.get();
  plan.standard_input = command.terminal ? task_output.get() : input.get();
  plan.output = task_output.get();
  plan.terminal = command.terminal;
  plan.program = program.c_str();
  plan.arguments = argument_pointers.data();
  plan.environment = environment_pointers.data();
  plan.working_directory = directory.c_str();
  plan.user = command.user ? &*command.user : nullptr;
  plan.proc = command.proc.c_str();
  const std::string oom_score = oom_score_adjustment(command.proc);
  plan.oom_score = oom_score.c_str();
  plan.socket = text_or_null(command.socket);
  plan.socket_folder = text_or_null(command.socket_folder);
  fork_guard(plan);
  guards_channel.reset();  // So that the channel ends if the guard is killed before its first word.
  await_start(program, command);
}

void GuardedTask::fork_guard(const GuardPlan& plan) {
  // No handler of the worker's may run in the guard, not even between fork and its first line.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  guard_ = fork_known_child();
  if (guard_ == 0) {
    ::close(channel_.get());  // Else the guard would keep its own channel open.
    run_guard(plan);
  }
  const int error_number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (guard_ < 0) {
    guard_ = 0;
    throw_not_started(plan.arguments[0], error_number,
                      std::generic_category().message(error_number));
  }
}

void GuardedTask::await_start(const std::filesystem::path& program, const TaskCommand& command) {
  pollfd waits = {channel_.get(), POLLIN, 0};
  int ready = 0;
  do {  // A signal begins the wait again: it is bounded all the same, signals are rare.
    ready = ::poll(&waits, 1, static_cast<int>(kStartWaitMax.count()));
  } while (ready < 0 && errno == EINTR);
  GuardReport report{GuardWord::not_started, LaunchStep::wait, EAGAIN};
  if (ready > 0) {
    const std::optional<GuardReport> said = receive();
    if (!said) return;  // It was killed: the end of the channel, which stays, says so once more.
    report = *said;
  }
  if (report.word == GuardWord::started) {
    task_ = report.value;
    return;
  }
  // The constructor throws, so the destructor will not run.
  ::kill(guard_, SIGKILL);
  bury_guard();
  throw_not_started(command.arguments.front(), report.value,
                    why_not_launched(report, program, command));
}

GuardedTask::~GuardedTask() {
  channel_.reset();
  bury_guard();
}

void GuardedTask::bury_guard() noexcept {
  pid_t buried = 0;
  do {  // Ends: the guard sees its channel closed and waits a bounded time for the task.
    buried = ::waitpid(guard_, nullptr, 0);
  } while (buried < 0 && errno == EINTR);
  forget_known_child(guard_);
}

void GuardedTask::freeze() noexcept {
  freezes_asked_ += 1;
  send(GuardCommand::freeze);
}

void GuardedTask::send(GuardCommand command) noexcept {
  ::send(channel_.get(), &command, sizeof command, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::optional<GuardReport> GuardedTask::receive() {
  GuardReport report;
  ssize_t got = ::recv(channel_.get(), &report, sizeof report, 0);
  // A guard that ended with a command unread resets the channel; its last word is still there.
  if (got < 0 && (errno == ECONNRESET || errno == EINTR)) {
    got = ::recv(channel_.get(), &report, sizeof report, 0);
  }
  if (got == static_cast<ssize_t>(sizeof report)) {
    if (report.word == GuardWord::frozen || report.word == GuardWord::not_frozen) {
      freezes_asked_ -= 1;
    }
    return report;
  }
  if (task_ > 0) ::kill(-task_, SIGKILL);
  // Without its guard the task's processes are ours: from its death on, which is later than the end
  // of its channel.
  ::kill(guard_, SIGKILL);
  siginfo_t death{};
  while (::waitid(P_PID, static_cast<id_t>(guard_), &death, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  if (!kill_orphans(proc_)) {
    log(LogLevel::error, "processes of a task cannot be killed", {{"task", task_}});
  }
  return std::nullopt;
}

}  // namespace holdfast
