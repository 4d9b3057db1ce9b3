// Why jobs are dead, in one word each, as dead letters and job logs have it.
#pragma once

#include <array>
#include <string_view>

namespace holdfast {

struct DeadReason {
  std::string_view word;
  std::string_view meaning;
};

inline constexpr std::array kDeadReasons = {
    DeadReason{"failed", "its program failed too often"},
    DeadReason{"out_of_memory", "the kernel killed it for lack of memory, too often"},
    DeadReason{"stalled", "it was silent for --stall-after, too often"},
    DeadReason{"timed_out", "it took longer than --time-limit"},
    DeadReason{"refused", "its program says that it can never work"},
    DeadReason{"input_missing", "one of its inputs is not there, or not what it should be"},
    DeadReason{"input_refused", "its inputs come from where workers take none"},
    DeadReason{"no_progress", "too many attempts stored no new checkpoint"},
    DeadReason{"unrestorable", "none of its checkpoints can be restored"},
    DeadReason{"id_taken", "another job completed under its id"},
    DeadReason{"damaged", "its log cannot be read"},
    DeadReason{"bad_message", "its message is no job"},
    // The broker's own words, for what it dead-lettered itself.
    DeadReason{"delivery_limit", "the broker delivered it too often"},
    DeadReason{"rejected", "another program rejected it"},
    DeadReason{"expired", "a time limit of the queue removed it"},
    DeadReason{"maxlen", "a length limit of the queue removed it"},
    DeadReason{"unknown", "its letter names no reason"},
};

}  // namespace holdfast
