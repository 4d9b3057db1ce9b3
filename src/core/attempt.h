// The numbers and words of one try at running a job. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time_account.h"

namespace holdfast {

// 1, 2, 3, ... per job. Only grows, is never used twice: the fencing token.
struct AttemptNumber {
  std::uint64_t value = 0;
  friend auto operator<=>(const AttemptNumber&, const AttemptNumber&) = default;
};

// 1, 2, 3, ... per job: which committed checkpoint. 0: none yet. Never goes down.
struct Generation {
  std::uint64_t value = 0;
  friend auto operator<=>(const Generation&, const Generation&) = default;
};

// How an attempt ended.
enum class Ending {
  finished,       // Its outputs are the result.
  interrupted,    // Drained, exit 75, or the machine went away in an orderly manner. Not counted.
  checkpointed,   // Exit 85: "checkpointed, run me again". Not counted.
  node_unfit,     // Exit 69. Not counted.
  failed,         // Any other exit code, or a signal that nobody sent. Counted.
  out_of_memory,  // The kernel killed it for lack of memory. Counted.
  stalled,        // No sign of life for as long as was allowed. Counted.
  timed_out,      // Longer than the time limit: a person decides.
  refused,        // Exit 65: this job can never work.
  unrestorable,   // None of its checkpoints verifies: never from zero, a person decides.
  cancelled,      // A person ended the job.
  lost,           // Its worker vanished; noted by the attempt that came after. Not counted.
};

std::string_view to_text(Ending ending);
std::optional<Ending> ending_from_text(std::string_view text);

// What is noted of an attempt that was lost.
inline constexpr std::string_view kLostDetail = "its worker vanished or did not answer";

struct EndingNote {
  AttemptNumber attempt;
  Ending ending = Ending::failed;
  std::string worker;
  std::string detail;  // One sentence, at most kDetailBytesMax.
  std::string when;    // Wall time of the writer, for people.
  // How long its task ran, as far as the writer knows: for a lost one, up to what is durable.
  std::uint64_t ran_seconds = 0;
  // Which checkpoint it had resumed from; 0: it had started fresh, or it is not known.
  Generation resumed = {};
  TimeAccount spent = {};  // By this attempt.
};

constexpr std::size_t kDetailBytesMax = 200;

}  // namespace holdfast
