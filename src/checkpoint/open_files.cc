#include "checkpoint/open_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <optional>

#include "checkpoint/own_processes.h"

namespace holdfast {

namespace fs = std::filesystem;

namespace {

bool for_writing(const fs::path& info) {
  std::ifstream lines(info);
  std::string name;
  while (lines >> name) {  // "flags: 0100002": proc(5).
    int flags = 0;
    if (name == "flags:" && lines >> std::oct >> flags) return (flags & O_ACCMODE) != O_RDONLY;
    lines.ignore(1024, '\n');
  }
  return true;
}

// Whether it sees the paths that we see.
bool same_mounts(const fs::path& process) {
  struct stat ours {};
  struct stat theirs {};
  return ::stat("/proc/self/ns/mnt", &ours) == 0 &&
         ::stat((process / "ns/mnt").c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

}  // namespace

OpenFiles::OpenFiles(const fs::path& proc, const fs::path& directory) {
  std::error_code unknown;
  const std::string below = fs::canonical(directory, unknown).native() + '/';
  struct stat status {};
  if (unknown || ::stat(directory.c_str(), &status) != 0) return;
  for_each_own_process(proc, [&](const fs::path& process) { add(process, below, status.st_dev); });
}

void OpenFiles::add(const fs::path& process, const std::string& directory, dev_t device) {
  std::error_code error;
  std::optional<bool> ours;
  for (fs::directory_iterator file(process / "fd", error), end; !error && file != end;
       file.increment(error)) {
    std::error_code closed;
    const std::string path = fs::read_symlink(file->path(), closed).native();
    if (closed || path.empty() || path.front() != '/') continue;
    const bool inside = path.starts_with(directory);
    if (!inside) {
      if (!ours) ours = same_mounts(process);
      if (*ours) continue;
    }
    struct stat status {};
    if (::stat(file->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (!inside && status.st_dev != device) continue;
    if (!for_writing(process / "fdinfo" / file->path().filename())) continue;
    files_[{status.st_dev, status.st_ino}] = inside ? path.substr(directory.size()) : "";
  }
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted) {
    hidden_ = true;
  }
}

}  // namespace holdfast
