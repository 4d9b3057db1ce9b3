// The worker's side of a task under its guard: starts both, talks to the guard, buries it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/local/guard.h"
#include "base/file.h"
#include "ports/runner.h"

namespace holdfast {

struct TaskCommand {
  std::vector<std::string> arguments;              // The first one names the program.
  std::map<std::string, std::string> environment;  // Added to the worker's own.
  std::vector<std::string> passed_environment;     // Secrets of the worker's that are no secrets.
  std::optional<TaskUser> user;
  bool terminal = false;  // What is passed as output is one, and is to control the task.
  std::filesystem::path working_directory;
  // Where a relative program name begins.
  std::filesystem::path start_directory;
  // Removed by the guard if the worker dies; empty: nothing.
  std::filesystem::path socket;
  std::filesystem::path socket_folder;
  std::filesystem::path proc = "/proc";
};

// One thread.
class GuardedTask {
 public:
  // Starts the task and returns once its program runs, which takes some milliseconds; what it
  // writes arrives at `output`. Throws Error: `machine` if the program cannot be executed,
  // `rejected` if its arguments are too large, `unavailable` if the machine has no room for another
  // process now.
  GuardedTask(const TaskCommand& command, FileDescriptor output);

  // Kills what is left of the task and waits until it is gone.
  ~GuardedTask();

  GuardedTask(const GuardedTask&) = delete;
  GuardedTask& operator=(const GuardedTask&) = delete;

  pid_t process() const noexcept { return task_; }

  // Readable when receive() has something.
  int channel() const noexcept { return channel_.get(); }

  void send(GuardCommand command) noexcept;

  // Asks the guard to stop everything.
  void freeze() noexcept;
  // Whether the answer that came last belongs to the last freeze(): after an earlier one the task
  // may have gone on.
  bool answered_last_freeze() const noexcept { return freezes_asked_ == 0; }

  // nullopt: the guard is gone, which it never is before it said `ended` unless something killed
  // it; all that is left of the task is then killed here. Call when channel() is readable.
  std::optional<GuardReport> receive();

 private:
  void fork_guard(const GuardPlan& plan);
  void bury_guard() noexcept;
  void await_start(const std::filesystem::path& program, const TaskCommand& command);

  const std::filesystem::path proc_;
  FileDescriptor channel_;
  pid_t guard_ = 0;
  pid_t task_ = 0;
  int freezes_asked_ = 0;  // And not answered.
};

}  // namespace holdfast
