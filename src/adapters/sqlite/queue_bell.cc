#include "adapters/sqlite/queue_bell.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace holdfast {
namespace {

std::filesystem::path bell_path(const std::filesystem::path& folder) {
  return folder / "bell";
}

}  // namespace

QueueBell::QueueBell(const std::filesystem::path& folder)
    : file_(::open(bell_path(folder).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {
  if (!file_.open()) throw_system_error("create", bell_path(folder));
}

void QueueBell::ring() const noexcept {
  const char sound = '!';
  [[maybe_unused]] const ssize_t written = ::pwrite(file_.get(), &sound, 1, 0);
}

// Lock files are closed by the kernel when their process ends, which is heard here too.
QueueBellWatch::QueueBellWatch(const std::filesystem::path& folder)
    : watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!watch_.open()) return;
  if (::inotify_add_watch(watch_.get(), folder.c_str(), IN_MODIFY | IN_CLOSE_WRITE) < 0) {
    watch_.reset();
  }
}

// Ends because the descriptor does not block and everybody else rings at a finite pace; what comes
// after the bound is found at the next call.
bool QueueBellWatch::clear() const noexcept {
  constexpr int kReadsMax = 16;
  alignas(inotify_event) std::array<char, 16'384> events;
  bool heard = false;
  for (int i = 0; i < kReadsMax; ++i) {
    if (::read(watch_.get(), events.data(), events.size()) <= 0) break;
    heard = true;
  }
  return heard;
}

}  // namespace holdfast
