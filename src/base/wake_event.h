// Ends another thread's poll(): a descriptor that becomes readable when wake() is called.
#pragma once

#include "base/file.h"

namespace holdfast {

class WakeEvent {
 public:
  WakeEvent();

  // Any thread, also from a signal handler.
  void wake() const noexcept;

  // True if wake() was called since the last clear(). The owner's thread.
  [[nodiscard]] bool clear() const noexcept;

  // To be polled for reading.
  int descriptor() const noexcept { return event_.get(); }

 private:
  FileDescriptor event_;
};

}  // namespace holdfast
