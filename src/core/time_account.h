// Where the time went that a job's attempts held their slots. Each attempt's time, from its claim
// to its end, is split completely: the parts add up to what was paid. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace holdfast {

struct Record;

// In milliseconds.
struct TimeAccount {
  std::uint64_t useful = 0;     // Work that a checkpoint or the result holds.
  std::uint64_t restoring = 0;  // From the claim until the program ran.
  std::uint64_t frozen = 0;     // The program stood still for a checkpoint, or for a slow line.
  std::uint64_t storing = 0;    // From the program's end until the attempt's.
  std::uint64_t lost = 0;       // Work that an interruption took.
  std::uint64_t failed = 0;     // Work that its own failure took.

  std::uint64_t paid() const { return useful + restoring + frozen + storing + lost + failed; }
  TimeAccount& operator+=(const TimeAccount& other);
  friend bool operator==(const TimeAccount&, const TimeAccount&) = default;
};

struct TimePart {
  const char* name;
  std::uint64_t milliseconds;
};
// Its fields with their names, the useful one first.
std::array<TimePart, 6> parts_of(const TimeAccount& account);

// "93.1 % of 412.0 h: lost 4.2 %, storing 1.1 %"; empty if nothing was paid.
std::string goodput_text(const TimeAccount& account);

// What the newest attempt of a running job used in all if it is gone by `when` (wall time, as in
// records; empty: unknown) and nobody was there to say so. What came after its newest checkpoint is
// lost. When it ended nobody knows: it lived until that one was in the log, and had it lived until
// the next was, that would stand there. So if `when` is later, it is taken to have ended in the
// middle between, which is right on the average.
TimeAccount account_of_lost(const Record& newest, const std::string& when);

}  // namespace holdfast
