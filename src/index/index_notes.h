// What a worker or a command still has to write into the job index. Telling never waits for the
// store; the newest record of a job replaces one that was not written yet, so the backlog of a
// store that is away stays small. What the store does not take is tried again as long as the
// process lives; what is lost with it, the next record of the job or the next look at its log
// brings back.
//
// tell() may be called on any thread; the rest on one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/locked.h"
#include "core/job.h"
#include "core/record.h"
#include "index/job_index.h"
#include "ports/clock.h"

namespace holdfast {

// When a shard is folded.
struct FoldingHabit {
  // One in so many ended jobs has its shard looked at,
  std::uint64_t one_in = 32;
  // and folded if so many of its ended jobs are outside of folds.
  std::size_t ended_min = JobIndex::kFoldMin;
};

class IndexNotes {
 public:
  // Progress of a running job is written this often; a change of its state at once.
  static constexpr Duration kProgressEvery = std::chrono::minutes(5);
  // A job that begins is written after so long: one that ends sooner costs one write and not three.
  static constexpr Duration kBegunFor = std::chrono::milliseconds(250);
  // Jobs that wait to be written; beyond that the first in order are forgotten.
  static constexpr std::size_t kWaitingMax = 10'000;
  // What the store did not take is tried again after so long.
  static constexpr Duration kAgainAfter = std::chrono::seconds(30);
  // Ended jobs whose record is known to be written, however often it is read again.
  static constexpr std::size_t kEndedMax = 64;

  // Borrows the clock. tell() does not use the index.
  IndexNotes(const Clock& clock, JobIndex index, FoldingHabit folding = {})
      : clock_(clock), index_(std::move(index)), folding_(folding) {}

  // The job's newest record is `record`. True if write_all() has something to do sooner than it
  // had.
  bool tell(const JobId& job, const Record& record);

  // Writes until nothing waits, the store does not answer, or `deadline`.
  void write_all(TimePoint deadline);
  // This is the end: nothing waits for kBegunFor any more.
  void hurry();
  // When write_all() has something to do though nobody has told anything since; max(): never.
  TimePoint due();

 private:
  // Writes one entry, or folds one shard. False if there is nothing to do. Throws Error; what was
  // to be written still waits then, unless the store will never take it.
  bool write_next(TimePoint deadline);
  void keep_for_later(const IndexEntry& entry, const std::optional<IndexEntry>& before);

  struct Written {
    IndexEntry entry;
    TimePoint when;
  };
  struct Begun {
    IndexEntry entry;
    TimePoint due;
  };

  struct State {
    std::map<std::string, IndexEntry> waiting;
    std::map<std::string, Begun> begun;  // None of these is in `waiting`.
    // What stands in the index of jobs that go on, so that it can be removed.
    std::map<std::string, Written> written;
    std::deque<std::pair<std::string, std::uint64_t>> ended;  // Jobs and their last records.
  };

  void let_wait(State& state, const JobId& job, const Record& record) const;
  static TimePoint due_of(const State& state);

  const Clock& clock_;
  JobIndex index_;
  const FoldingHabit folding_;
  Locked<State> state_;
  TimePoint again_ = TimePoint::max();
  std::optional<std::string> to_fold_;
};

}  // namespace holdfast
