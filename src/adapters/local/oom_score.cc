#include "adapters/local/oom_score.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "adapters/local/process_tree.h"

namespace holdfast {

namespace {

constexpr const char* kFile = "/self/oom_score_adj";
constexpr const char* kNever = "-1000";

}  // namespace

std::string oom_score_adjustment(const std::filesystem::path& proc) {
  std::ifstream file(proc.string() + kFile);
  std::string value;
  file >> value;
  return value;
}

void put_back_oom_score(const char* proc, const char* adjustment) noexcept {
  ProcPath path;
  path.add(proc).add(kFile);
  const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  [[maybe_unused]] const ssize_t put = ::write(file, adjustment, std::strlen(adjustment));
  ::close(file);
}

void spare_from_memory_killer(const char* proc) noexcept {
  put_back_oom_score(proc, kNever);
}

}  // namespace holdfast
