// Stores what tasks print while they run. Nobody waits for it, but for a moment at an attempt's
// end: while the store is away the middle of a long output is lost, and nothing else happens.
//
// append() is called by the runner's thread, due() and store_due() by the thread that stores, all
// else by the session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/locked.h"
#include "core/attempt.h"
#include "core/job.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "tasklog/log_buffer.h"

namespace holdfast {

struct TaskLogSettings {
  std::uint64_t size_bytes_max = 16 * 1024 * 1024;  // Kept of an attempt.
  Duration store_every = std::chrono::seconds(20);  // When there is something new.
};

class LogKeeper {
 public:
  // Attempts of a job whose logs are kept.
  static constexpr std::uint64_t kAttemptsKept = 20;
  // Ended attempts whose logs still wait for the store; older ones are given up.
  static constexpr std::size_t kEndedMax = 3;

  // Borrows store and clock. `wake`: due() may be earlier now. `ended`: all of the log of an
  // attempt that ended is stored. Both are called on any thread.
  LogKeeper(Store& store, const Clock& clock, const TaskLogSettings& settings,
            std::function<void()> wake, std::function<void()> ended);

  // The attempt's task is about to start. `at_once`: what it prints may be all that is ever heard
  // of it.
  void begin(const JobId& job, AttemptNumber attempt, bool at_once);
  void append(std::string_view bytes);
  // With a checkpoint.
  void store_soon();
  // Nothing more is printed. `noted`: the log says so, also if nothing was printed at all; may come
  // after an end that was not noted.
  void end(bool noted);
  // Whether something of an attempt that ended is about to be stored. Not what the store did not
  // take: that is tried again later, and nobody waits.
  bool busy();

  TimePoint due();
  void store_due();
  // Whether something is left that a last try could store.
  bool idle();
  // What is left is due now.
  void hurry();

 private:
  struct Log {
    Log(const JobId& job, AttemptNumber number, const TaskLogSettings& settings);

    const StoreLayout layout;
    const AttemptNumber attempt;
    LogBuffer buffer;
    Duration every;   // How often it is stored,
    Duration settle;  // and how long after the first of what is new.
    TimePoint next;   // Not before.
    bool end_to_note = false;
    bool failing = false;
    TimePoint ended_at;
    // The storing thread's: what it has stored behind the head, the oldest first.
    struct Stored {
      std::uint64_t first = 0;
      std::uint64_t size_bytes = 0;
    };
    std::deque<Stored> tail;
    bool stored_any = false;

    bool done() const { return buffer.all_stored() && !end_to_note; }
  };
  using LogPointer = std::shared_ptr<Log>;

  struct State {
    LogPointer current;
    LogPointer last;  // The same, also after its end.
    std::deque<LogPointer> ended;
  };

  std::vector<LogPointer> due_logs(TimePoint now);
  void store(const LogPointer& log);
  bool store_next(Log& log, std::uint64_t below);
  void keep_tail_short(Log& log, const LogSegment& segment);
  void forget_old_attempt(Log& log);
  void failed(Log& log, const std::string& why);
  void drop_done();
  static void set_aside(State& state);

  Store& store_;
  const Clock& clock_;
  const TaskLogSettings settings_;
  const std::function<void()> wake_;
  const std::function<void()> ended_;
  Locked<State> state_;
};

}  // namespace holdfast
