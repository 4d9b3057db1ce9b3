// A value that one thread at a time may look at, for the little that threads share besides what
// they post to each other.
#pragma once

#include <mutex>
#include <utility>

namespace holdfast {

template <typename T>
class Locked {
 public:
  // Calls `step(value)`, which must be short and must not come back here.
  template <typename Step>
  void with(const Step& step) {
    const std::lock_guard lock(mutex_);
    step(value_);
  }

 private:
  std::mutex mutex_;
  T value_{};
};

}  // namespace holdfast
