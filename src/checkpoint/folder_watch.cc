#include "checkpoint/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace holdfast {

namespace {

constexpr std::uint32_t kEvents = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kComeOrGo = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kLost =
    IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

}  // namespace

FolderWatch::FolderWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  reliable_ = inotify_.open();
}

void FolderWatch::add(const std::string& path, const std::string& spelled) {
  if (!reliable_) return;
  const int watch =
      ::inotify_add_watch(inotify_.get(), spelled.c_str(), kEvents | IN_ONLYDIR | IN_DONT_FOLLOW);
  // There are only so many for each user.
  if (watch < 0) {
    reliable_ = false;
    folders_.clear();
    inotify_.reset();
    return;
  }
  folders_[watch] = path;
}

FolderWatch::Changes FolderWatch::take() {
  Changes changes;
  alignas(inotify_event) std::array<char, 64 * 1024> bytes;
  while (reliable_) {
    const ssize_t got = ::read(inotify_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      const bool of_folder = (event->mask & IN_ISDIR) != 0;
      const auto folder = folders_.find(event->wd);
      if ((event->mask & kLost) != 0 || folder == folders_.end() ||
          (of_folder && (event->mask & kComeOrGo) != 0)) {
        changes.all = true;
        continue;
      }
      if ((event->mask & kComeOrGo) != 0) changes.folders.insert(folder->second);
      const std::string name = event->len > 0 ? event->name : "";
      const std::string path = name.empty() || folder->second.empty() ? folder->second + name
                                                                      : folder->second + '/' + name;
      if (of_folder || name.empty()) {
        changes.folders.insert(path);
      } else {
        changes.entries.insert(path);
      }
    }
  }
  if (!reliable_) changes.all = true;
  return changes;
}

}  // namespace holdfast
