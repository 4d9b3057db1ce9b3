#include "app/run_hints.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// Nobody looks through a large folder for the sake of a hint.
constexpr std::size_t kEntriesMax = 2000;

bool same_file(const struct stat& a, int descriptor) {
  struct stat b {};
  return ::fstat(descriptor, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

RunHints::RunHints(fs::path directory, std::size_t slots, WallTime start,
                   std::vector<fs::path> ours)
    : directory_(std::move(directory)), slots_(slots), start_(start), ours_(std::move(ours)) {}

std::string RunHints::written_file() const {
  std::error_code error;
  std::size_t seen = 0;
  const auto start =
      std::chrono::duration_cast<std::chrono::seconds>(start_.time_since_epoch()).count();
  for (fs::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (++seen > kEntriesMax) break;
    const fs::path path = entry->path();
    const std::string name = path.filename().string();
    struct stat status {};
    if (name.starts_with('.') || std::ranges::find(ours_, path) != ours_.end() ||
        ::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_mtim.tv_sec < start) {
      continue;
    }
    // Where people send our own words to.
    if (same_file(status, STDOUT_FILENO) || same_file(status, STDERR_FILENO)) continue;
    return name;
  }
  return {};
}

std::string RunHints::completed(const std::string& job, bool without_result) {
  bool told = false;
  told_.with([&](bool& value) { told = value; });
  if (told || directory_.empty() || (!without_result && slots_ == 1)) return {};
  const std::string file = written_file();
  if (file.empty()) return {};
  told_.with([&](bool& value) { told = std::exchange(value, true); });
  if (told) return {};
  std::string text = "Hint: while " + job + " ran, " + file + " was written in " +
                     directory_.string() + ". Holdfast keeps no file there";
  if (slots_ > 1) {
    text += ", and " + std::to_string(slots_) +
            " jobs at a time overwrite each other's if they have the same name";
  }
  return text +
         ". Give the program its own folders: {output_dir} in the command for results, "
         "{checkpoint_dir} for what it resumes from. Or run it where it may write: --chdir "
         "checkpoint.";
}

}  // namespace holdfast
