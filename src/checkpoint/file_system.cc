#include "checkpoint/file_system.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/file.h"

namespace holdfast {

namespace {

// Of those that linux/magic.h does not name.
constexpr long kXfs = 0x58465342;
constexpr long kZfs = 0x2fc12fc1;
constexpr long kBcachefs = static_cast<long>(0xca451a4e);

// On disks of this machine. What an overlay says is what the one below it says.
constexpr std::array<long, 7> kLocal = {EXT4_SUPER_MAGIC,     kXfs, BTRFS_SUPER_MAGIC,
                                        F2FS_SUPER_MAGIC,     kZfs, kBcachefs,
                                        OVERLAYFS_SUPER_MAGIC};

// Until files are stamped with another time than now.
void wait_for_next_tick() {
  timespec begin{};
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &begin);
  do {  // Ends: the clock ticks at least a hundred times a second.
    ::sched_yield();
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  } while (now.tv_sec == begin.tv_sec && now.tv_nsec == begin.tv_nsec);
}

bool same_times(const struct stat& a, const struct stat& b) {
  return a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// A page that was read first and then written through the mapping: in memory file systems that
// leaves no trace.
bool mapped_write_shows(const std::filesystem::path& directory) {
  constexpr std::size_t kBytes = 4096;
  std::string name = (directory / ".times-XXXXXX").string();
  const FileDescriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.open()) return false;
  ::unlink(name.c_str());
  write_range(file, directory, 0, std::string(kBytes, 'a'));
  ::fsync(file.get());
  void* const memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED) return false;
  auto* const bytes = static_cast<volatile char*>(memory);
  struct stat before {};
  struct stat after {};
  bool shows = bytes[0] == 'a' && ::fstat(file.get(), &before) == 0;
  wait_for_next_tick();
  bytes[0] = 'b';
  shows = shows && ::fstat(file.get(), &after) == 0 && !same_times(before, after);
  ::munmap(memory, kBytes);
  return shows;
}

}  // namespace

bool tells_the_truth(const std::filesystem::path& directory) noexcept {
  struct statfs system {};
  if (::statfs(directory.c_str(), &system) != 0) return false;
  const auto type = static_cast<long>(system.f_type) & 0xffffffffL;
  if (std::find(kLocal.begin(), kLocal.end(), type) == kLocal.end()) return false;
  try {
    return mapped_write_shows(directory);
  } catch (...) {
    return false;  // No room for it, say.
  }
}

}  // namespace holdfast
