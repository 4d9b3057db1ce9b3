// A job's log as a person reads it: one lane for each attempt, with what of its work was stored,
// what was lost, and how it ended. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/attempt.h"
#include "core/record.h"
#include "core/time_account.h"

namespace holdfast {

// Times are seconds since 1970, by the clock of the worker that wrote them; 0: unknown.
struct LaneCheckpoint {
  std::uint64_t generation = 0;
  std::uint64_t bytes = 0;
  std::int64_t stored = 0;
  std::int64_t shows = 0;         // The instant that it shows.
  std::uint64_t ran_seconds = 0;  // How long the attempt had run at that instant.
  std::optional<double> fraction;
  std::optional<std::uint64_t> step;
};

struct AttemptLane {
  std::uint64_t attempt = 0;
  std::string worker;
  std::int64_t claimed = 0;
  std::int64_t last_sign = 0;  // The last record that its worker wrote.
  std::vector<LaneCheckpoint> checkpoints;

  bool ended = false;
  Ending ending = Ending::finished;
  bool later = false;  // interrupted: the job asked to be tried later, its machine did nothing.
  std::string detail;
  std::int64_t end = 0;           // lost: estimated (core/time_account.h); nobody saw it.
  std::int64_t taken_over = 0;    // lost: when the next one noticed.
  std::uint64_t ran_seconds = 0;  // Its program, as far as the log knows.
  std::uint64_t resumed = 0;      // A generation; 0: it started afresh, or that is not known.
  // Where its time went; of one that runs, up to what is durable. Logs of older versions say
  // nothing of it.
  TimeAccount spent;

  // Whether its machine ended it: it vanished, was drained, or something killed the program there.
  bool was_interruption() const {
    return ended && (ending == Ending::lost || (ending == Ending::interrupted && !later));
  }
};

// Something that happened to the job outside of its attempts.
struct LaneEvent {
  RecordKind kind = RecordKind::redriven;  // redriven, cancelled, dead, completed, asked.
  std::int64_t when = 0;
  std::string by;
  std::string reason;
};

struct JobLanes {
  std::vector<AttemptLane> lanes;  // The oldest first.
  std::vector<LaneEvent> events;
  std::uint64_t records_missing = 0;  // Older ones that were not read, or are damaged.

  // Takes the next record of the log; they come in order.
  void add(const Record& record);

 private:
  AttemptLane* lane_of(AttemptNumber attempt);
  void end_lane(const EndingNote& note, const Record& record);
};

}  // namespace holdfast
