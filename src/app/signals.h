// Signals as something to wait for: blocked from the construction on, in this thread and those
// made after it, and read like messages. So no handler runs anywhere.
#pragma once

#include <optional>

#include "base/file.h"
#include "base/time.h"
#include "base/wake_event.h"
#include "ports/clock.h"

namespace holdfast {

// SIGINT, SIGTERM and SIGHUP. Made once, by main(), before any other thread.
class SignalWatch {
 public:
  explicit SignalWatch(const Clock& clock);

  // The next signal; nullopt at `deadline` or after wake(). The main thread.
  std::optional<int> next(TimePoint deadline);

  // The next signal if one has come. The main thread.
  std::optional<int> take();

  // Ends next(). Any thread.
  void wake() const noexcept { wake_.wake(); }

 private:
  const Clock& clock_;
  FileDescriptor signals_;
  WakeEvent wake_;
};

}  // namespace holdfast
