#include "checkpoint/own_processes.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

namespace holdfast {

namespace fs = std::filesystem;

void for_each_own_process(const fs::path& proc, const std::function<void(const fs::path&)>& with) {
  std::vector<std::string> processes{std::to_string(::getpid())};
  while (!processes.empty()) {  // Ends: they stand still, but for us, or are only so many.
    const fs::path process = proc / processes.back();
    processes.pop_back();
    with(process);
    std::error_code gone;
    for (fs::directory_iterator thread(process / "task", gone), end; !gone && thread != end;
         thread.increment(gone)) {
      std::ifstream children(thread->path() / "children");
      std::string child;
      while (children >> child) processes.push_back(child);
    }
  }
}

}  // namespace holdfast
