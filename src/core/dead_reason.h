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
    DeadReason{"failed", "the program failed too many times"},
    DeadReason{"out_of_memory", "it ran out of memory too many times"},
    DeadReason{"stalled", "it was silent for --stall-after too many times"},
    DeadReason{"timed_out", "it took longer than --time-limit"},
    DeadReason{"refused", "the program says that it cannot succeed"},
    DeadReason{"input_missing", "an input is missing or has the wrong content"},
    DeadReason{"input_refused", "workers do not allow the source of an input"},
    DeadReason{"no_progress", "too many attempts stored no new checkpoint"},
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

}  // namespace holdfast
