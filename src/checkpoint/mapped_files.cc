#include "checkpoint/mapped_files.h"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "checkpoint/own_processes.h"

namespace holdfast {

namespace fs = std::filesystem;

void MappedFiles::add_process(const fs::path& process, bool must_be_readable) {
  errno = 0;
  std::ifstream maps(process / "maps");
  std::string line;
  bool any = false;
  while (std::getline(maps, line)) {
    any = true;
    // "7f… rw-s 00000000 08:01 1234 /path": proc(5).
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || line.size() < space + 5) continue;
    if (line[space + 2] != 'w' || line[space + 4] != 's') continue;
    std::istringstream fields(line.substr(space));
    std::string permissions, offset, device;
    std::uint64_t inode = 0;
    if (!(fields >> permissions >> offset >> device >> inode) || inode == 0) continue;
    inodes_.insert(inode);
    std::string path;
    if (std::getline(fields >> std::ws, path)) paths_.insert(path);
  }
  // Of one that has just ended nothing is left to be read, and that is no secret.
  if (!any && must_be_readable && (errno == EACCES || errno == EPERM)) all_ = true;
}

void MappedFiles::add_all(const fs::path& proc) {
  std::error_code gone;  // Processes come and go.
  for (fs::directory_iterator process(proc, gone), end; !gone && process != end;
       process.increment(gone)) {
    const std::string name = process->path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      add_process(process->path(), false);
    }
  }
  add_own(proc);
}

void MappedFiles::add_own(const fs::path& proc) {
  for_each_own_process(proc, [this](const fs::path& process) { add_process(process, true); });
}

}  // namespace holdfast
