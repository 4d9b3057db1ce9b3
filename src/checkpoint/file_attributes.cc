#include "checkpoint/file_attributes.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string_view>
#include <utility>

namespace holdfast {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr mode_t kModeBits = 07777;
// What a store holds must not make a program run as somebody else.
constexpr mode_t kRestoredModeBits = 01777;
constexpr std::size_t kListBytesMax =
    64 * 1024;  // The kernel's own limit, of names and of a value.

bool is_kept(std::string_view name) {
  return name.starts_with("user.") || name == "system.posix_acl_access" ||
         name == "system.posix_acl_default";
}

timespec timespec_of(std::int64_t nanoseconds) {
  // Before 1970 the seconds are negative, the rest never is.
  const std::int64_t rest = (nanoseconds % kSecond + kSecond) % kSecond;
  return {(nanoseconds - rest) / kSecond, rest};
}

// `list` and `get` as listxattr and getxattr of one file.
template <typename List, typename Get>
std::map<std::string, std::string> attributes_by(const List& list, const Get& get,
                                                 const std::filesystem::path& shown) {
  std::map<std::string, std::string> attributes;
  const ssize_t some = list(nullptr, 0);
  if (some == 0) return attributes;  // As nearly always.
  std::string names(kListBytesMax, '\0');
  const ssize_t size = some < 0 ? some : list(names.data(), names.size());
  if (size < 0) {
    // Where the file system has none.
    if (errno == ENOTSUP || errno == EPERM || errno == ENOSYS) return attributes;
    throw_system_error("read the extended attributes of", shown);
  }
  names.resize(static_cast<std::size_t>(size));
  for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1) {
    const std::string name(names.c_str() + at);
    if (!is_kept(name)) continue;
    std::string value(kListBytesMax, '\0');
    const ssize_t got = get(name.c_str(), value.data(), value.size());
    if (got < 0) throw_system_error("read the attribute " + name + " of", shown);
    value.resize(static_cast<std::size_t>(got));
    attributes.emplace(name, value);
  }
  return attributes;
}

}  // namespace

std::int64_t nanoseconds_of(const timespec& time) {
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  return std::clamp<std::int64_t>(time.tv_sec, -kSecondsMax, kSecondsMax) * kSecond + time.tv_nsec;
}

std::string path_in(int folder, const std::string& name) {
  if (folder == AT_FDCWD) return name;
  return "/proc/self/fd/" + std::to_string(folder) + "/" + name;
}

Entry entry_for(int folder, const std::string& name, const struct stat& status, std::string path,
                const std::filesystem::path& shown) {
  Entry entry;
  entry.path = std::move(path);
  entry.mode = status.st_mode & kModeBits;
  entry.modified_ns = nanoseconds_of(status.st_mtim);
  if (status.st_uid != ::geteuid() || status.st_gid != ::getegid()) {
    entry.owner = Owner{status.st_uid, status.st_gid};
  }
  if (S_ISLNK(status.st_mode)) {
    entry.kind = EntryKind::symlink;
    std::array<char, PATH_MAX> target;
    const ssize_t length = ::readlinkat(folder, name.c_str(), target.data(), target.size());
    if (length < 0) throw_system_error("read", shown);
    entry.target.assign(target.data(), static_cast<std::size_t>(length));
    return entry;
  }
  if (S_ISDIR(status.st_mode)) {
    entry.kind = EntryKind::folder;
  } else {
    entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
  }
  const std::string own = path_in(folder, name);
  entry.attributes = attributes_by(
      [&](char* names, std::size_t size) { return ::llistxattr(own.c_str(), names, size); },
      [&](const char* attribute, char* value, std::size_t size) {
        return ::lgetxattr(own.c_str(), attribute, value, size);
      },
      shown);
  return entry;
}

void set_attributes(int folder, const std::string& name, const Entry& entry,
                    const std::filesystem::path& shown) {
  if (entry.owner && ::geteuid() == 0 &&
      ::fchownat(folder, name.c_str(), entry.owner->user, entry.owner->group,
                 AT_SYMLINK_NOFOLLOW) != 0 &&
      errno != EPERM &&
      errno != EINVAL) {  // Not where ids are mapped, or the file system has none.
    throw_system_error("set the owner of", shown);
  }
  const std::string own = path_in(folder, name);
  for (const auto& [attribute, value] : entry.attributes) {
    if (::lsetxattr(own.c_str(), attribute.c_str(), value.data(), value.size(), 0) != 0 &&
        errno != ENOTSUP && errno != EPERM) {
      throw_system_error("set the attribute " + attribute + " of", shown);
    }
  }
  if (entry.kind != EntryKind::symlink &&
      ::fchmodat(folder, name.c_str(), entry.mode & kRestoredModeBits, 0) != 0) {
    throw_system_error("set the mode of", shown);
  }
  if (entry.path.empty()) return;  // The directory's own time tells nothing.
  const timespec time = timespec_of(entry.modified_ns);
  const timespec times[2] = {time, time};
  if (::utimensat(folder, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
    throw_system_error("set the time of", shown);
  }
}

void set_copied_attributes(int to, const struct stat& status,
                           const std::map<std::string, std::string>& attributes,
                           const std::filesystem::path& shown) {
  const bool ours = status.st_uid == ::geteuid() && status.st_gid == ::getegid();
  // Who is not root cannot give files away; the copy is the worker's own then.
  if (!ours && ::fchown(to, status.st_uid, status.st_gid) != 0 && errno != EPERM &&
      errno != EINVAL) {
    throw_system_error("keep the owner of", shown);
  }
  for (const auto& [name, value] : attributes) {
    if (::fsetxattr(to, name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP &&
        errno != EPERM) {
      throw_system_error("keep the attribute " + name + " of", shown);
    }
  }
  const timespec times[2] = {status.st_atim, status.st_mtim};
  if (::fchmod(to, status.st_mode & kModeBits) != 0 || ::futimens(to, times) != 0) {
    throw_system_error("write", shown);
  }
}

void copy_attributes(int from, const struct stat& status, int to,
                     const std::filesystem::path& shown) {
  const auto attributes =
      attributes_by([&](char* names, std::size_t size) { return ::flistxattr(from, names, size); },
                    [&](const char* attribute, char* value, std::size_t size) {
                      return ::fgetxattr(from, attribute, value, size);
                    },
                    shown);
  set_copied_attributes(to, status, attributes, shown);
}

}  // namespace holdfast
