// Signals as something to wait for: blocked from the construction on, in this thread and those
// made after it, and read like messages. So no handler runs anywhere.
#pragma once

#include <signal.h>

#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/shared_value.h"
#include "base/time.h"
#include "base/wake_event.h"
#include "ports/clock.h"

namespace holdfast {

// SIGINT, SIGTERM and SIGHUP, except those that the process was started ignoring: they stay
// ignored. Made once, by main(), before any other thread.
class SignalWatch {
 public:
  explicit SignalWatch(const Clock& clock);

  // Other signals that next() and take() return as well. Before any other thread is made.
  void watch_too(const std::vector<int>& signals);

  // The next signal; nullopt at `deadline` or after wake(). One thread at a time.
  std::optional<int> next(TimePoint deadline);

  // The next signal if one has come. One thread at a time.
  std::optional<int> take();

  // From now on a signal ends the process, as if nobody watched: for the calling thread and those
  // made after it. For commands that leave nothing half done.
  static void let_through();

  // Ends next(). Any thread.
  void wake() const noexcept { wake_.wake(); }

 private:
  void watch();

  const Clock& clock_;
  sigset_t watched_;
  FileDescriptor signals_;
  WakeEvent wake_;
};

// "USR1,SIGUSR2,XCPU" as numbers; "none" is empty. nullopt if one of them cannot be waited for.
std::optional<std::vector<int>> parse_signals(const std::string& names);

// What a signal means to a worker.
class StopRequests {
 public:
  enum class Answer { none, checkpoint, drain, end_at_once };

  // `warnings` ask for a stop and never for more, however often they come: batch systems send them
  // before the SIGTERM that a person could send.
  // Those in `checkpoints` ask for a checkpoint only.
  StopRequests(std::vector<int> warnings, std::vector<int> checkpoints)
      : warnings_(std::move(warnings)), checkpoints_(std::move(checkpoints)) {}

  Answer hear(int signal);

 private:
  std::vector<int> warnings_;
  std::vector<int> checkpoints_;
  bool draining_ = false;
  bool asked_ = false;  // By SIGTERM or the like.
};

// For a command that has something to tidy up: the first signal asks it to stop, one more ends the
// process at once. While it lives, nobody else takes signals.
class StopOnSignal {
 public:
  // Borrows both.
  StopOnSignal(SignalWatch& signals, const Clock& clock);
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  // That asked to stop; nullopt if none came.
  std::optional<int> signal() const;

 private:
  SignalWatch& signals_;
  std::stop_source stop_;
  SharedValue<int> signal_{0};
  std::jthread thread_;
};

}  // namespace holdfast
