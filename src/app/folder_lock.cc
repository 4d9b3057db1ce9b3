#include "app/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace holdfast {

std::optional<FolderLock> FolderLock::try_lock(const std::filesystem::path& folder) {
  make_folders(folder);
  const std::filesystem::path path = folder / "lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.open()) throw_system_error("create", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FolderLock(std::move(file));
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw_system_error("lock", path);
}

}  // namespace holdfast
