// A runner with a mailbox for its events and a directory of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/local/process_runner.h"
#include "adapters/local/system_clock.h"
#include "base/mailbox.h"
#include "checkpoint/snapshot.h"

namespace holdfast {

// Far more than anything here takes; what is later is lost.
constexpr std::chrono::seconds kEnough{20};

// Ours, from the build.
inline const std::string kTestTask = TEST_TASK;
inline const std::string kTestWorker = TEST_WORKER;

class RunnerFixture : public testing::Test {
 protected:
  RunnerFixture();
  ~RunnerFixture() override;

  // Ends the runner that is there, and makes one that looks for processes in `proc`.
  void make_runner(const std::filesystem::path& proc);

  TaskSpec spec(std::vector<std::string> arguments) const;
  void start(std::vector<std::string> arguments) { runner_->start(spec(std::move(arguments))); }

  // The next event, which must be an Event.
  template <typename Event>
  Event expect() {
    std::optional<TaskEvent> event = events_.next(clock_.now() + kEnough);
    const auto passes = [&event] {
      return (std::holds_alternative<TaskWrote>(*event) && !std::is_same_v<Event, TaskWrote>) ||
             (std::holds_alternative<SnapshotCopied>(*event) &&
              !std::is_same_v<Event, SnapshotCopied>);
    };
    // Ends: a task writes no more than it was told to.
    while (event && passes()) {
      event = events_.next(clock_.now() + kEnough);
    }
    if (!event) throw std::runtime_error("nothing happened");
    if (const auto* failed = std::get_if<SnapshotFailed>(&*event);
        failed != nullptr && !std::is_same_v<Event, SnapshotFailed>) {
      throw std::runtime_error("snapshot failed: " + failed->reason);
    }
    return std::get<Event>(*event);
  }

  // The text that the task's start throws; empty if it starts.
  std::string refusal(const TaskSpec& wanted);

  std::filesystem::path directory() const { return root_ / "checkpoint"; }
  std::string text_of(const std::filesystem::path& file) const;

  std::filesystem::path root_;
  SystemClock clock_;
  Mailbox<TaskEvent> events_;
  Mailbox<std::string> lines_;
  bool keep_lines_ = true;
  // What the runner copies with; a test may put something else here.
  decltype(RunnerParts::copy) copy_;
  std::unique_ptr<ProcessRunner> runner_;
};

// A named pipe that the processes of a task hold open.
class HeldFifo {
 public:
  explicit HeldFifo(const std::filesystem::path& path);

  const std::string& path() const { return path_; }
  // True once `count` processes said that they hold it.
  bool held_by(std::size_t count);
  // How long it took until nobody held it any more; nullopt: somebody still does.
  std::optional<Duration> time_until_free(const Clock& clock, Duration longest);
  // As new, after it was free.
  void reopen();

 private:
  bool read_more(int wait_ms);

  const std::string path_;
  FileDescriptor reading_end_;
  std::string said_;
  bool free_ = false;
};

}  // namespace holdfast
