#include "checkpoint/folder_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace holdfast {

namespace {

constexpr std::uint32_t kEvents = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                  IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kComeOrGo = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t kLost =
    IN_Q_OVERFLOW | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr std::size_t kChangesMax = 100'000;  // With more, looking at everything is as quick.

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

bool FolderWatch::collect() {
  alignas(inotify_event) std::array<char, 64 * 1024> bytes;
  while (reliable_) {
    const ssize_t got = ::read(inotify_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t at = 0; at < got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(bytes.data() + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      note(event->wd, event->mask, event->len > 0 ? event->name : "");
    }
  }
  if (!reliable_ || changes_.entries.size() > kChangesMax) changes_.all = true;
  if (changes_.all) changes_.entries.clear();
  return changes_.all;
}

void FolderWatch::note(int watch, std::uint32_t mask, const std::string& name) {
  const bool of_folder = (mask & IN_ISDIR) != 0;
  const auto folder = folders_.find(watch);
  if ((mask & kLost) != 0 || folder == folders_.end() || (of_folder && (mask & kComeOrGo) != 0)) {
    changes_.all = true;
    return;
  }
  if ((mask & kComeOrGo) != 0) changes_.folders.insert(folder->second);
  const std::string path =
      name.empty() || folder->second.empty() ? folder->second + name : folder->second + '/' + name;
  if (of_folder || name.empty()) {
    changes_.folders.insert(path);
  } else {
    changes_.entries.insert(path);
  }
}

FolderWatch::Changes FolderWatch::take() {
  collect();
  return std::exchange(changes_, {});
}

}  // namespace holdfast
