#include "app/work_base.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "app/usage_error.h"
#include "base/file.h"

namespace holdfast {

namespace {

constexpr int kNamesMax = 100;

// Whether we may use `base`, which lies where everybody can write: it must be our own, and then
// nobody else's business.
bool usable(const std::filesystem::path& base) {
  if (::mkdir(base.c_str(), 0700) != 0 && errno != EEXIST) return false;
  struct stat status {};
  if (::lstat(base.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid()) {
    return false;
  }
  const bool closed = (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  return closed || ::chmod(base.c_str(), 0700) == 0;
}

}  // namespace

std::filesystem::path default_work_base() {
  const std::string own = "holdfast-" + std::to_string(::geteuid());
  for (const std::filesystem::path& folder :
       {std::filesystem::path("/var/tmp"), temporary_folder()}) {
    if (usable(folder / "holdfast")) return folder / "holdfast";
    if (usable(folder / own)) return folder / own;
    // Somebody else may have taken the name, by chance or on purpose.
    for (int number = 2; number <= kNamesMax; ++number) {
      const std::filesystem::path base = folder / (own + "-" + std::to_string(number));
      if (usable(base)) return base;
      if (::access(folder.c_str(), W_OK | X_OK) != 0) break;
    }
  }
  throw UsageError("neither /var/tmp nor " + temporary_folder().string() +
                   " can be used for the files of running jobs; name a folder with --work-dir");
}

}  // namespace holdfast
