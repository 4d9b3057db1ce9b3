// What goes wrong in one run, drawn from its seed.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace holdfast::sim {

struct Faults {
  double store_fails = 0;         // A call is refused before it does anything.
  double store_loses_answer = 0;  // A call is carried out and its answer is lost.
  double store_slow = 0;          // A call takes up to a minute.
  double publish_fails = 0;
  double kill_at_call = 0;     // The process dies at a call to the outside.
  double freeze_at_call = 0;   // The process stands still for up to five minutes.
  double connection_lost = 0;  // At a call: the broker loses this worker's connection.
  double task_fails = 0;       // At a step of the task.
  double submitted_twice = 0;  // A job has two messages.
  double cancelled = 0;        // A person cancels the job, whatever it does just then.
  double doomed = 0;           // The program refuses the job a few times: dead, and redriven.
  std::optional<std::uint64_t> delivery_limit;  // The queue sets a message aside after so many
                                                // returns, as the guide's does.
  bool calm = false;                            // None of the above but for what people do.
  std::uint64_t broker_restarts = 0;
  Duration quiet_after{};  // From then on nothing goes wrong any more.
};

}  // namespace holdfast::sim
