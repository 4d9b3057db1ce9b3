#include "app/folder_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace holdfast {

std::optional<FolderLock> FolderLock::try_lock(const std::filesystem::path& folder) {
  make_private_folders(folder);
  const std::filesystem::path path = folder / "lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.open()) throw_system_error("create", path);
  // The kind of lock that a fork does not inherit: it ends with this process, though the guard of a
  // task may outlive it for a moment.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_SETLK, &whole) == 0) return FolderLock(std::move(file));
  if (errno == EAGAIN || errno == EACCES) return std::nullopt;
  throw_system_error("lock", path);
}

}  // namespace holdfast
