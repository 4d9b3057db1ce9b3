// How processes that share an embedded queue wake each other: one touches a file, the others
// watch it. A ring that nobody hears is harmless, because who waits looks by itself now and then.
#pragma once

#include <filesystem>

#include "base/file.h"

namespace holdfast {

// The ringing side, for everybody who puts a message where it can be taken.
class QueueBell {
 public:
  explicit QueueBell(const std::filesystem::path& folder);

  void ring() const noexcept;

 private:
  FileDescriptor file_;
};

// The listening side: hears rings, and the end of any process that held a consumer lock.
class QueueBellWatch {
 public:
  explicit QueueBellWatch(const std::filesystem::path& folder);

  // To be polled for reading; negative, which poll() ignores, if the system has no watch left.
  int descriptor() const noexcept { return watch_.get(); }

  // Forgets what was heard; true if there was something.
  [[nodiscard]] bool clear() const noexcept;

 private:
  FileDescriptor watch_;
};

}  // namespace holdfast
