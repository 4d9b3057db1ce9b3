// One task from its start to its end: a thread that waits for its output, its guard, its messages
// and our commands, and tells what happens.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "adapters/local/control_socket.h"
#include "adapters/local/guarded_task.h"
#include "adapters/local/memory_killer.h"
#include "adapters/local/output_tail.h"
#include "adapters/local/stop_handler.h"
#include "adapters/local/task_state.h"
#include "adapters/local/task_voice.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/wake_event.h"
#include "ports/clock.h"
#include "ports/runner.h"
#include "ports/standstill.h"

namespace holdfast {

// Where a task's events and output go, and how its checkpoint directory is copied. All are called
// from threads of the runner, `post_event`, `output` and `line` always from the same one.
struct RunnerParts {
  std::function<void(TaskEvent)> post_event;
  // All that it prints, as it is read; and the same line by line, but for what comes too fast.
  // Either may be none.
  std::function<void(std::string_view bytes)> output;
  std::function<void(std::string_view line)> line;
  // Copies a directory to one that must not exist, and returns what it left out. `from` is written
  // to until the standstill begins, and again once it ends. Throws Error (DiskFull where that is
  // why) and leaves nothing behind if it cannot, or if the token says stop.
  using Copy = std::function<std::vector<std::filesystem::path>(
      const std::filesystem::path& from, const std::filesystem::path& to,
      const std::stop_token& stop, const Standstill& standstill)>;
  Copy copy;
  // The same for the output directory; none: it is not copied.
  Copy copy_output = {};
};

// What the loop is told by other threads.
struct StopTask {
  TimePoint kill_at;
};
struct TakeSnapshot {
  SnapshotMode mode = SnapshotMode::freeze;
  std::filesystem::path directory;
};
struct LookedAhead {};    // The copy goes on when the task stands still.
struct DirectoryFree {};  // The copy goes on without it.
struct CopyEnded {
  std::string failure;  // Empty if the copy is complete.
  bool disk_full = false;
  std::vector<std::filesystem::path> left_out = {};
};
struct HoldTask {
  bool hold = false;  // False: let it go on.
};
using TaskCommandWord =
    std::variant<StopTask, TakeSnapshot, LookedAhead, DirectoryFree, CopyEnded, HoldTask>;

class RunningTask {
 public:
  // Starts the task; throws Error if it cannot. Borrows clock and parts.
  RunningTask(const TaskSpec& spec, const std::filesystem::path& start_directory,
              const std::filesystem::path& proc, const Clock& clock, const RunnerParts& parts);

  // Kills the task and waits for its end, which is still told.
  ~RunningTask();

  RunningTask(const RunningTask&) = delete;
  RunningTask& operator=(const RunningTask&) = delete;

  // Any thread.
  void order(TaskCommandWord command);

 private:
  void run();
  void wait();
  void read_output();
  // False: nothing is there now.
  bool read_some_output();
  void hear_guard();
  void obey_commands();
  void kill_if_due();

  void obey(const StopTask& stop);
  void obey(const TakeSnapshot& order);
  void obey(const LookedAhead&);
  void obey(const DirectoryFree&);
  void obey(const CopyEnded& ended);
  void obey(const HoldTask& order);
  // Takes the step that `input` means. `ended` is how a snapshot ended that ends with it, or why
  // its copy cannot go on.
  void take(TaskInput input, const CopyEnded& ended = {});
  void start_copy();
  void copy(const std::stop_token& stop, bool attended);
  void await_standstill();
  void tell_snapshot(const CopyEnded& ended);
  void copy_output(const std::stop_token& stop) const;
  void finish();
  void give_up(const std::string& why);

  const Clock& clock_;
  const RunnerParts& parts_;
  const std::filesystem::path proc_;
  const std::filesystem::path checkpoint_directory_;
  const std::filesystem::path output_directory_;
  const MemoryKiller memory_killer_;
  const WakeEvent wake_;  // A command waits.
  Mailbox<TaskCommandWord> commands_;
  std::optional<ControlSocket> socket_;
  std::optional<TaskVoice> voice_;
  OutputTail tail_;
  std::vector<char> read_buffer_;
  TimePoint next_wrote_;
  FileDescriptor output_;
  std::unique_ptr<GuardedTask> guarded_;
  std::optional<StopHandler> stop_handler_;

  TaskState state_;
  std::optional<TimePoint> kill_at_;  // Set once a stop was asked for.
  std::optional<TimePoint> thawed_at_;
  std::optional<TaskExited> end_;

  std::filesystem::path snapshot_directory_;
  TimePoint still_since_;
  // What the copier waits for: empty once the task stands still, else why it does not.
  Mailbox<std::string> standstill_;
  std::jthread copier_;

  std::thread thread_;  // Last: it uses everything above.
};

}  // namespace holdfast
