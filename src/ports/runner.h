// Runs the user's program, the task, as a child process. One task at a time. Events go to the sink
// given to the adapter, from the adapter's own thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"

namespace holdfast {

// Where a snapshot holds the output directory.
inline constexpr const char* kOutputInSnapshot = ".holdfast-output";

// Whom a task runs as.
struct TaskUser {
  std::string name;
  std::string home;
  std::uint32_t id = 0;
  std::uint32_t group = 0;
  std::vector<std::uint32_t> groups;  // All of them.
};

struct TaskSpec {
  std::string label;  // Prefix of the task's output lines on the worker's standard error.
  std::vector<std::string> arguments;              // The program and its arguments; no shell.
  std::map<std::string, std::string> environment;  // Added to the worker's own,
  std::vector<std::string> passed_environment;     // of which secrets are kept back, but for these.
  bool terminal = false;  // Its standard streams are a terminal of its own, not a pipe.
  std::filesystem::path working_directory;
  std::filesystem::path checkpoint_directory;  // What a snapshot copies,
  std::filesystem::path output_directory;      // with what is in this one, unless it is empty.
  std::filesystem::path socket;                // Where the task's messages arrive.
  std::optional<TaskUser> user;                // nullopt: the worker's.
  // Given to that user before the program starts: with all below them, and by themselves.
  std::vector<std::filesystem::path> given_trees;
  std::vector<std::filesystem::path> given_folders;
};

// The task and everything it started are gone.
struct TaskExited {
  std::optional<int> code;    // It exited,
  std::optional<int> signal;  // or a signal ended it. Exactly one of the two is set.
  std::string output_tail;    // The last of what it wrote to standard output and error.
  bool oom_kill = false;      // The kernel killed something for lack of memory meanwhile.
  // It handled or blocked SIGTERM: that it ended may have been its answer to one from elsewhere.
  bool answers_stop = false;
  // Processes that it had started and that still ran when it ended; they are gone now.
  std::uint32_t left_running = 0;
  bool guard_lost = false;  // Something killed the process that watches it: no fault of the job.
  std::string note = {};    // What is known of why, for people; empty if nothing is.
};

// The task wrote to its standard output or error. At most one a second.
struct TaskWrote {
  std::string last_line;  // That says something, cut short.
};

// The task said something on its socket (docs/task-contract.md).
struct TaskSaid {
  std::optional<double> progress;  // 0 to 1.
  std::optional<std::string> status;
  std::optional<std::uint64_t> step;
  std::optional<std::chrono::seconds> stall_after;
  bool finished = false;  // Its work is done, also if it is being stopped.
};

// The task says that its checkpoint directory is consistent and waits for an answer: call
// snapshot() with `task_waits`.
struct TaskCheckpoint {};

// The task goes on. What a snapshot will show is as it was until now; it takes a while until it is
// complete.
struct SnapshotCopied {
  Duration held;  // How long the task stood still for it.
};
// After SnapshotCopied: the snapshot stands complete in the directory that was asked for.
struct SnapshotTaken {
  std::filesystem::path directory;
  // Sockets, pipes and devices, relative to the checkpoint directory.
  std::vector<std::filesystem::path> left_out = {};
};
struct SnapshotFailed {
  std::string reason;
  bool disk_full = false;
};

using TaskEvent = std::variant<TaskExited, TaskWrote, TaskSaid, TaskCheckpoint, SnapshotCopied,
                               SnapshotTaken, SnapshotFailed>;

enum class SnapshotMode {
  freeze,      // Stop the task's process group, copy, let it go on.
  task_waits,  // The task asked for it and waits for the answer; it is told when the copy is done.
};

class Runner {
 public:
  virtual ~Runner() = default;

  // Throws Error (machine, or rejected for arguments that are too large) with the reason.
  virtual void start(const TaskSpec& spec) = 0;

  // Copies the checkpoint directory to `directory`, which must not exist. Answered by SnapshotTaken
  // or SnapshotFailed, or by TaskExited when the task ended first. One at a time.
  virtual void snapshot(SnapshotMode mode, const std::filesystem::path& directory) = 0;

  // Stops the task's processes until resume(); a stop() lets them go on, so that they hear it.
  // Snapshots may be taken meanwhile.
  virtual void hold() = 0;
  virtual void resume() = 0;

  // SIGTERM to the task's process group; SIGKILL to all that is left after `grace`. TaskExited
  // follows. A zero grace kills at once; a second call can only shorten the grace.
  virtual void stop(Duration grace) = 0;
};

}  // namespace holdfast
