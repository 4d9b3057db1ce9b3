// Hears SIGTERM and SIGINT and remembers them.
#pragma once

#include <chrono>

namespace holdfast {

// One per process, because signal handlers are.
class StopSignal {
 public:
  // Installs the handlers. A second SIGINT ends the program at once, as a user expects.
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // True if one came, waiting up to `duration` for it. Any thread.
  bool came_within(std::chrono::milliseconds duration) const noexcept;

 private:
  int reading_end_ = -1;
};

}  // namespace holdfast
