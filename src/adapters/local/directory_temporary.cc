#include "adapters/local/directory_temporary.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "base/random.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Each that is lost was taken by a sweep in the microseconds before it was locked.
constexpr int kTriesMax = 1000;
constexpr int kSweptMax = 5000;
constexpr std::size_t kNameBytes = 6;

unsigned long links_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error("look at", path);
  return static_cast<unsigned long>(status.st_nlink);
}

}  // namespace

DirectoryTemporary::DirectoryTemporary(const std::filesystem::path& folder) {
  Random random = Random::from_system();
  for (int tries = 0; tries < kTriesMax; ++tries) {
    std::string name = (folder / random.hex(kNameBytes)).string();
    FileDescriptor file(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file.open() && errno == EEXIST) continue;
    if (!file.open()) throw_system_error("make a file in", folder);
    if (::flock(file.get(), LOCK_EX) != 0) throw_system_error("lock", name);
    // Between the two calls a sweep may have taken the file for a dead writer's.
    if (links_of(file, name) == 0) continue;
    path_ = std::move(name);
    file_ = std::move(file);
    return;
  }
  throw Error(ErrorKind::unavailable,
              "temporary files in " + folder.string() + " vanish as soon as they are made");
}

DirectoryTemporary::~DirectoryTemporary() {
  if (named_) ::unlink(path_.c_str());
}

void DirectoryTemporary::sync() const {
  if (::fsync(file_.get()) != 0) throw_system_error("sync", path_);
}

unsigned long DirectoryTemporary::links() const {
  return links_of(file_, path_);
}

bool DirectoryTemporary::rename_to(const std::filesystem::path& target) noexcept {
  if (::rename(path_.c_str(), target.c_str()) != 0) return false;
  named_ = false;
  return true;
}

void sweep_temporaries(const std::filesystem::path& folder) {
  int swept = 0;
  std::error_code ignored;  // What cannot be swept today stays, and does no harm.
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (swept == kSweptMax) return;
    const FileDescriptor file(::open(entry.path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.open() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) continue;
    if (::unlink(entry.path().c_str()) == 0) ++swept;
  }
}

}  // namespace holdfast
