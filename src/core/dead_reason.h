// Why jobs are dead, in one word each, as dead letters and job logs have it.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace holdfast {

struct DeadReason {
  std::string_view word;
  std::string_view meaning;
};

// cmake/embed.cmake reads these lines, too: the dashboard says the same.
inline constexpr std::array kDeadReasons = {
    DeadReason{"failed", "the program failed too many times"},
    DeadReason{"out_of_memory", "it ran out of memory too many times"},
    DeadReason{"stalled", "it was silent for --stall-after too many times"},
    DeadReason{"timed_out", "it took longer than --time-limit"},
    DeadReason{"refused", "the program says that it cannot succeed"},
    DeadReason{"input_missing", "an input is missing or has the wrong content"},
    DeadReason{"input_refused", "workers do not allow the source of an input"},
    DeadReason{"no_progress",
               "too many of its attempts were interrupted, or stored no new checkpoint"},
    DeadReason{"unrestorable", "none of its checkpoints can be restored"},
    DeadReason{"id_taken", "another job has its id"},
    DeadReason{"damaged", "its log cannot be read"},
    DeadReason{"bad_message", "its message is not a job"},
    // The broker's own words, for what it dead-lettered itself.
    DeadReason{"delivery_limit", "the broker delivered it too many times"},
    DeadReason{"rejected", "another program rejected it"},
    DeadReason{"expired", "a time limit of the queue removed it"},
    DeadReason{"maxlen", "a length limit of the queue removed it"},
    DeadReason{"unknown", "its dead letter gives no reason"},
};

// What a person reads of it: its meaning, or the word itself where nobody knows that.
std::string_view meaning_of(std::string_view reason);

// Why one job is dead, by its last error where there is one: "failed, exit code 3".
std::string why_dead(std::string_view reason, const std::string& error);

// "dead (out_of_memory): it ran out of memory too many times". The word stands there, as it is what
// --reason takes and the documents explain.
std::string dead_and_why(std::string_view reason);

}  // namespace holdfast
