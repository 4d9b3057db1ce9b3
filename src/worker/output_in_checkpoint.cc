#include "worker/output_in_checkpoint.h"

#include <cstdio>

#include "base/file.h"
#include "ports/runner.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// Both lie in one workspace.
void move(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw_system_error("rename", from);
}

}  // namespace

void put_output_in(const fs::path& checkpoint, const fs::path& output) {
  std::error_code unreadable;
  if (fs::is_empty(checkpoint, unreadable) || fs::is_empty(output, unreadable)) return;
  move(output, checkpoint / kOutputInSnapshot);
}

void take_output_out(const fs::path& checkpoint, const fs::path& output) {
  make_empty(output);
  const fs::path kept = checkpoint / kOutputInSnapshot;
  std::error_code absent;
  if (fs::is_directory(fs::symlink_status(kept, absent))) move(kept, output);
}

}  // namespace holdfast
