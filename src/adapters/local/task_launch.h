// Turns a fresh child of the guard into the task: process group, standard streams, signals,
// program.
#pragma once

#include <sys/types.h>

#include "adapters/local/guard.h"

namespace holdfast {

struct Launch {
  pid_t task = 0;  // 0 if the program could not be started;
  LaunchStep step = LaunchStep::fork;
  int error_number = 0;  // then this says why.
};

// Runs in the guard; returns once the program runs or cannot.
Launch launch_task(const GuardPlan& plan) noexcept;

// Closes every descriptor of the calling process from `first` on.
void close_descriptors_from(int first) noexcept;

}  // namespace holdfast
