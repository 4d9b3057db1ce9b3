// Reads what tasks printed, also what earlier versions stored of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/attempt.h"
#include "core/job.h"
#include "core/log_segment.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "tasklog/log_lines.h"

namespace holdfast {

// An object that holds a part of a log.
struct LogPart {
  std::string key;
  std::uint64_t first = 0;
  std::uint64_t stored_bytes = 0;
  bool old = false;  // Plain text, as earlier versions stored it.
};

// One thread.
class LogReader {
 public:
  // Borrows store and clock.
  LogReader(Store& store, const Clock& clock, const JobId& job)
      : store_(store), clock_(clock), layout_(job) {}

  // In order. Throws Error.
  std::vector<LogPart> parts(AttemptNumber attempt) const;
  // nullopt if it is gone: it was one of the oldest of a log's end. Throws Error, `corrupt` if it
  // cannot be read.
  std::optional<LogSegment> get(const LogPart& part) const;

  // Whether it is noted that nothing more is printed (LogKeeper::end()).
  bool ended(AttemptNumber attempt) const;

 private:
  Store& store_;
  const Clock& clock_;
  const StoreLayout layout_;
};

// The lines of one attempt, again and again those that are new.
class LogFollower {
 public:
  // Borrows the reader.
  LogFollower(const LogReader& reader, AttemptNumber attempt)
      : reader_(reader), attempt_(attempt) {}

  // Leaves out what stands before the last `lines`; some more may be left.
  void skip_to_last(std::size_t lines);
  // What is new, but for a line that has no end yet. Parts that cannot be read are left out, and
  // counted. Throws Error if the store does not answer.
  void read(const LogVisitor& visit);
  // Nothing more comes: a last line without an end.
  void finish(const LogVisitor& visit) { lines_.finish(visit); }

  // Anything was read at all.
  bool any() const noexcept { return any_; }
  std::uint64_t damaged_parts() const noexcept { return damaged_; }
  AttemptNumber attempt() const noexcept { return attempt_; }

 private:
  std::optional<LogSegment> get(const LogPart& part);

  const LogReader& reader_;
  const AttemptNumber attempt_;
  LogLines lines_;
  std::optional<LogPart> last_;  // That was read; it may have grown.
  std::uint64_t damaged_ = 0;
  bool any_ = false;
};

// The end of what a job's program printed in its newest attempt that left something.
struct LogEnd {
  AttemptNumber attempt;
  std::vector<std::string> lines;  // As they were printed: may hold anything.
  bool whole = true;               // There are none before them.
};
// Looks some attempts back from `newest`, for at most `lines_max` lines. Throws Error.
std::optional<LogEnd> end_of_log(Store& store, const Clock& clock, const JobId& job,
                                 AttemptNumber newest, std::size_t lines_max);

}  // namespace holdfast
