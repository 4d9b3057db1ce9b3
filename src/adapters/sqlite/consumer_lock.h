// How the embedded queue knows that a consumer is gone, without a clock: each one keeps a file
// locked for its life, and the kernel lets go of the lock when the process ends, however it ends.
#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"

namespace holdfast {

// A consumer's sign of life: a locked file of a random name in `folder`.
class ConsumerLock {
 public:
  explicit ConsumerLock(const std::filesystem::path& folder);
  ~ConsumerLock();
  ConsumerLock(const ConsumerLock&) = delete;
  ConsumerLock& operator=(const ConsumerLock&) = delete;

  const std::string& name() const { return name_; }

 private:
  std::filesystem::path folder_;
  std::string name_;
  FileDescriptor file_;
};

// True if nobody holds the lock `name` any more; its file is removed then. Names are never reused.
[[nodiscard]] bool consumer_gone(const std::filesystem::path& folder, const std::string& name);

// Removes the files of consumers that are gone.
void sweep_consumer_locks(const std::filesystem::path& folder);

}  // namespace holdfast
