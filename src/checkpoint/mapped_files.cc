#include "checkpoint/mapped_files.h"

#include <fstream>
#include <sstream>
#include <string>

namespace holdfast {

namespace fs = std::filesystem;

MappedFiles::MappedFiles(const fs::path& proc) {
  std::error_code gone;  // Processes come and go.
  for (fs::directory_iterator process(proc, gone), end; !gone && process != end;
       process.increment(gone)) {
    const std::string name = process->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream maps(process->path() / "maps");
    std::string line;
    while (std::getline(maps, line)) {
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
  }
}

}  // namespace holdfast
