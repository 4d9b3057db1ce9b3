// What the slots of `holdfast run` are doing, for the person who watches: drawn again and again on
// a terminal, else one line per event. Slots tell from their own threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/mailbox.h"
#include "base/time.h"
#include "ports/clock.h"
#include "worker/context.h"

namespace holdfast {

class RunBoard {
 public:
  struct Totals {
    std::uint64_t jobs = 0;  // All that were ever submitted to this state.
    std::uint64_t completed = 0;
    std::uint64_t dead = 0;
    std::uint64_t without_result = 0;  // Of those completed by this run.
    // What did not go well and ended no job: the last of each job, as "JOB: what".
    std::vector<std::string> warnings = {};
    std::string hint = {};  // Not said yet.
  };

  // `totals` at the beginning. With `live` nothing is said but what lines() gives. Borrows the
  // clock.
  RunBoard(std::size_t slots, Totals totals, bool live, const Clock& clock);

  // Any thread.
  void tell(std::size_t slot, const JobNews& news);

  // A line per slot and one of totals. Any thread.
  std::vector<std::string> lines();
  // The totals in one line, as they are said now and then where nothing is drawn. Any thread.
  std::string summary();

  Totals totals();

  // A sentence that is worth being read once. Any thread.
  void hint(const std::string& text);

 private:
  struct Slot {
    std::string job;  // Empty: idle.
    JobNews::Phase phase = JobNews::Phase::claimed;
    std::uint64_t attempt = 0;
    std::optional<double> progress;
    std::string detail;
    std::string printed;  // The last line.
    TimePoint since;      // Its attempt began.
    TimePoint checkpoint_said;
    std::string warned;
    TimePoint warning_said;
  };
  struct State {
    std::vector<Slot> slots;
    Totals totals;
    std::deque<TimePoint> completed;  // The last kCompletionsKept.
  };

  static constexpr std::size_t kCompletionsKept = 100;
  static constexpr std::size_t kSlotsShown = 16;
  // Without a terminal, a job's checkpoints are said no more often than this.
  static constexpr Duration kCheckpointLines = std::chrono::seconds(30);

  State take();
  void warn(Slot& slot, const JobNews& news, Totals& totals);
  std::string totals_text(const State& state) const;
  std::string forecast_text(const State& state) const;
  void say_event(Slot& slot, const JobNews& news, const Totals& totals);

  const bool live_;
  const Clock& clock_;
  const TimePoint begin_;
  Mailbox<State> state_;  // Whoever looks at it takes it out and puts it back.
};

}  // namespace holdfast
