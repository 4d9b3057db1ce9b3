#include "app/work_base.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <system_error>

#include "app/usage_error.h"
#include "base/file.h"

namespace holdfast {

namespace {

// Whether we may use `base`, which lies where everybody can write: it must be our own.
bool usable(const std::filesystem::path& base) {
  std::error_code error;
  std::filesystem::create_directories(base, error);
  struct stat status {};
  return !error && ::lstat(base.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & S_IWOTH) == 0 &&
         ::access(base.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

std::filesystem::path default_work_base() {
  const std::filesystem::path usual = "/var/tmp/holdfast";
  if (usable(usual)) return usual;
  const std::filesystem::path other =
      temporary_folder() / ("holdfast-" + std::to_string(::geteuid()));
  if (usable(other)) return other;
  throw UsageError("neither " + usual.string() + " nor " + other.string() +
                   " can be used for the files of running jobs; name a folder with --work-dir");
}

}  // namespace holdfast
