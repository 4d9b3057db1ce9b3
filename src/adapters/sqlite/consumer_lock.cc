#include "adapters/sqlite/consumer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/random.h"
#include "holdfast/error.h"

namespace holdfast {
namespace {

constexpr std::size_t kNameBytes = 12;
constexpr int kTriesMax = 100;
constexpr const char* kSuffix = ".lock";

std::filesystem::path lock_path(const std::filesystem::path& folder, const std::string& name) {
  return folder / (name + kSuffix);
}

bool lock_now(const FileDescriptor& file) {
  return ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

// A sweeper may have taken the file for an abandoned one between its creation and its locking.
bool still_there(const FileDescriptor& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 && status.st_nlink > 0;
}

}  // namespace

// Opened for writing, because watchers of the folder are told when such a file is closed.
ConsumerLock::ConsumerLock(const std::filesystem::path& folder) : folder_(folder) {
  Random random = Random::from_system();
  for (int i = 0; i < kTriesMax; ++i) {
    name_ = random.hex(kNameBytes);
    const std::filesystem::path path = lock_path(folder, name_);
    file_ = FileDescriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!file_.open() && errno != EEXIST) throw_system_error("create", path);
    if (file_.open() && lock_now(file_) && still_there(file_)) return;
  }
  throw Error(ErrorKind::machine,
              "cannot lock a file in " + folder.string() + ": does its file system have locks?");
}

ConsumerLock::~ConsumerLock() {
  ::unlink(lock_path(folder_, name_).c_str());
}

bool consumer_gone(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path path = lock_path(folder, name);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    if (errno == ENOENT) return true;
    throw_system_error("read", path);
  }
  if (!lock_now(file)) return false;
  ::unlink(path.c_str());
  return true;
}

void sweep_consumer_locks(const std::filesystem::path& folder) {
  std::error_code ignored;  // Another sweeper may be at work; what is left is swept next time.
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (entry.path().extension() != kSuffix) continue;
    [[maybe_unused]] const bool gone = consumer_gone(folder, entry.path().stem().string());
  }
}

}  // namespace holdfast
