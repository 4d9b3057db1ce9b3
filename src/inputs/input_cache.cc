#include "inputs/input_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "base/file_digest.h"
#include "base/log.h"
#include "base/own_folder.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPieceBytes = 1024 * 1024;
constexpr std::uint64_t kBootBytesMax = 256;
constexpr std::uint64_t kNameBytesMax = 256;
// What a fetch left is gone on with for so long: a job comes back after half an hour at most.
constexpr std::time_t kPartialSecondsMax = 3600;
constexpr mode_t kReadOnly = 0444;
constexpr mode_t kReadOnlyProgram = 0555;

// 1 January 2000, and a fraction that is another after each start of the machine: what was not on
// the disk yet when the power went must not count as whole.
timespec kept_time() {
  const auto boot = read_file("/proc/sys/kernel/random/boot_id", kBootBytesMax).value_or("");
  const Sha256Digest digest = sha256(boot);
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | digest.bytes.at(i);
  return {946'684'800, static_cast<long>(value % 1'000'000'000)};
}

const timespec& time_of_kept() {
  static const timespec time = kept_time();
  return time;
}

void copy_to(const FileDescriptor& from, const fs::path& from_path, const fs::path& to,
             mode_t mode) {
  const FileDescriptor file(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) throw_system_error("create", to);
  std::string bytes;
  for (std::uint64_t at = 0;; at += bytes.size()) {  // Ends with the file.
    read_range_into(bytes, from, from_path, at, kPieceBytes);
    if (bytes.empty()) break;
    write_range(file, to, at, bytes);
  }
  if (::fchmod(file.get(), mode) != 0) throw_system_error("set the mode of", to);
}

bool same_file(const FileDescriptor& file, const fs::path& path) {
  struct stat ours {};
  struct stat there {};
  return ::fstat(file.get(), &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

struct Kept {
  fs::path path;
  std::uint64_t size_bytes = 0;
  timespec used{};
  timespec changed{};
  bool in_use = false;
};

std::vector<Kept> objects_in(const fs::path& folder) {
  std::vector<Kept> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    found.push_back({entry->path(), static_cast<std::uint64_t>(status.st_size), status.st_atim,
                     status.st_mtim, status.st_nlink > 1});
  }
  return found;
}

}  // namespace

InputCache::InputCache(fs::path folder, std::uint64_t bytes_max)
    : folder_(std::move(folder)), bytes_max_(bytes_max) {}

void InputCache::open() const {
  make_own_folder(folder_, {});
  for (const char* name : {"objects", "partial", "names"}) make_private_folders(folder_ / name);
}

fs::path InputCache::object(const Sha256Digest& digest) const {
  return folder_ / "objects" / digest.hex();
}

fs::path InputCache::name_file(const std::string& identity) const {
  return folder_ / "names" / sha256(identity).hex();
}

bool InputCache::whole(const fs::path& path, const Sha256Digest& digest) const {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return false;
  const timespec& kept = time_of_kept();
  if (status.st_mtim.tv_sec == kept.tv_sec && status.st_mtim.tv_nsec == kept.tv_nsec) return true;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open()) return false;
  if (digest_of_file(file, path) != digest) {
    log(LogLevel::warn, "an input kept on this machine was changed and is fetched again",
        {{"file", path.string()}});
    ::unlink(path.c_str());
    return false;
  }
  const std::array<timespec, 2> times = {timespec{0, UTIME_NOW}, kept};
  return ::futimens(file.get(), times.data()) == 0;
}

bool InputCache::deliver(const Sha256Digest& digest, const fs::path& to, bool executable) const {
  const fs::path path = object(digest);
  if (!whole(path, digest)) return false;
  const bool linked = !executable && ::link(path.c_str(), to.c_str()) == 0;
  if (!linked) {
    if (!executable && errno == ENOENT) return false;  // Another worker has made room.
    if (!executable && errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP) {
      throw_system_error("link an input to", to);
    }
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!file.open()) return false;
    copy_to(file, path, to, executable ? kReadOnlyProgram : kReadOnly);
  }
  const std::array<timespec, 2> times = {timespec{0, UTIME_NOW}, timespec{0, UTIME_OMIT}};
  ::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);  // Only helps.
  return true;
}

std::optional<Sha256Digest> InputCache::digest_of(const std::string& identity) const {
  const auto text = read_file(name_file(identity), kNameBytesMax);
  return text ? Sha256Digest::from_hex(*text) : std::nullopt;
}

void InputCache::note(const std::string& identity, const Sha256Digest& digest) const {
  replace_file(name_file(identity), digest.hex());
}

void InputCache::forget(const std::string& identity) const {
  ::unlink(name_file(identity).c_str());
}

std::optional<InputCache::Place> InputCache::begin(const std::string& name) const {
  Place place;
  place.path = folder_ / "partial" / name;
  place.file =
      FileDescriptor(::open(place.path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!place.file.open()) throw_system_error("create", place.path);
  if (::flock(place.file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    throw_system_error("lock", place.path);
  }
  // Whoever had it locked may have kept it, or removed it, meanwhile.
  if (!same_file(place.file, place.path)) return std::nullopt;
  return place;
}

void InputCache::keep(const Place& place, const Sha256Digest& digest) const {
  if (::fchmod(place.file.get(), kReadOnly) != 0) throw_system_error("set the mode of", place.path);
  const std::array<timespec, 2> times = {timespec{0, UTIME_NOW}, time_of_kept()};
  if (::futimens(place.file.get(), times.data()) != 0) {
    throw_system_error("set the time of", place.path);
  }
  if (::rename(place.path.c_str(), object(digest).c_str()) != 0) {
    throw_system_error("rename", place.path);
  }
}

void InputCache::drop(const Place& place) {
  ::unlink(place.path.c_str());
}

void InputCache::make_room(std::uint64_t incoming_bytes, Room room) const {
  // One at a time is enough: what another one removes need not be removed twice.
  const fs::path lock_path = folder_ / "lock";
  const FileDescriptor lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.open() || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return;
  remove_leftovers(room);
  std::vector<Kept> kept = objects_in(folder_ / "objects");
  std::uint64_t total = 0;
  for (const Kept& object : kept) total += object.size_bytes;
  // What a job uses frees nothing by going.
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) {
    if (a.in_use != b.in_use) return b.in_use;
    if (a.used.tv_sec != b.used.tv_sec) return a.used.tv_sec < b.used.tv_sec;
    return a.used.tv_nsec < b.used.tv_nsec;
  });
  const std::uint64_t most = bytes_max_ - std::min(bytes_max_, incoming_bytes);
  for (const Kept& object : kept) {
    if (object.in_use || (room == Room::within_bound && total <= most)) break;
    if (::unlink(object.path.c_str()) == 0) total -= object.size_bytes;
  }
}

// Of fetches whose worker was killed, and names of objects that are gone.
void InputCache::remove_leftovers(Room room) const {
  const std::time_t old = std::time(nullptr) - kPartialSecondsMax;
  for (const Kept& left : objects_in(folder_ / "partial")) {
    if (room == Room::within_bound && left.changed.tv_sec > old) continue;
    const FileDescriptor file(::open(left.path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    const bool alone = file.open() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
    if (alone && same_file(file, left.path)) ::unlink(left.path.c_str());
  }
  for (const Kept& name : objects_in(folder_ / "names")) {
    const auto digest = Sha256Digest::from_hex(read_file(name.path, kNameBytesMax).value_or(""));
    std::error_code unknown;
    if (!digest || !fs::exists(object(*digest), unknown)) ::unlink(name.path.c_str());
  }
}

}  // namespace holdfast
