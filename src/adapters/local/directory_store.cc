#include "adapters/local/directory_store.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "adapters/local/directory_walk.h"
#include "holdfast/error.h"
#include "ports/store_key.h"

namespace holdfast {

namespace {

constexpr std::uint64_t kPieceBytes = 1024 * 1024;
// Somebody may remove folders while we make them.
constexpr int kTriesMax = 16;

bool is_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

// `reason` is the errno of a link, a rename or a mkdir.
[[noreturn]] void throw_cannot_name(const std::filesystem::path& path, int reason) {
  const std::string what = "cannot write " + path.string() + ": ";
  if (reason == EISDIR || reason == ENOTEMPTY || reason == EEXIST) {
    throw Error(ErrorKind::rejected, what + "it is a folder, which may hold other objects");
  }
  if (reason == ENOTDIR) {
    throw Error(ErrorKind::rejected, what + "a part of its path is an object itself");
  }
  if (reason == EPERM || reason == EOPNOTSUPP || reason == EMLINK) {
    throw Error(ErrorKind::machine,
                what + "its file system has no hard links; keep the store on one that has");
  }
  errno = reason;
  throw_system_error("write", path);
}

[[noreturn]] void throw_vanishing(const std::filesystem::path& path) {
  throw Error(ErrorKind::unavailable, "the folder of " + path.string() + " keeps vanishing");
}

void require_good(const std::string& key) {
  require_key(key);
  if (key.substr(0, key.find('/')) != kTemporaryFolder) return;
  throw Error(ErrorKind::rejected,
              "'" + key + "' cannot name an object: " + kTemporaryFolder + " is the store's own");
}

std::uint64_t size_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error("look at", path);
  return static_cast<std::uint64_t>(status.st_size);
}

Sha256Digest digest_of(const FileDescriptor& file, const std::filesystem::path& path) {
  Sha256 hash;
  std::string piece;
  for (std::uint64_t offset = 0;; offset += piece.size()) {  // Ends: a file does.
    read_range_into(piece, file, path, offset, kPieceBytes);
    if (piece.empty()) return hash.finish();
    hash.update(piece);
  }
}

// Copies all of `from`, and returns its digest.
Sha256Digest copy_bytes(const FileDescriptor& from, const std::filesystem::path& path,
                        const DirectoryTemporary& to) {
  Sha256 hash;
  std::uint64_t offset = 0;
  while (true) {  // Ends: a file does.
    const std::string piece = read_range(from, path, offset, kPieceBytes);
    if (piece.empty()) break;
    hash.update(piece);
    write_range(to.file(), to.path(), offset, piece);
    offset += piece.size();
  }
  return hash.finish();
}

// A result keeps its x bit and its time; nobody runs it as somebody else.
void take_after(const FileDescriptor& from, const std::filesystem::path& path,
                const DirectoryTemporary& to) {
  struct stat status {};
  if (::fstat(from.get(), &status) != 0) throw_system_error("look at", path);
  const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
  if (::fchmod(to.file().get(), (status.st_mode & 0777) | S_IRUSR) != 0 ||
      ::futimens(to.file().get(), times.data()) != 0) {
    throw_system_error("set mode and time of", to.path());
  }
}

// A full disk is an outage: somebody makes room, and nothing was lost.
template <typename Write>
auto while_there_is_room(const Write& write) {
  try {
    return write();
  } catch (const DiskFull& error) {
    throw Error(ErrorKind::unavailable, error.what());
  }
}

void require_digest(const Sha256Digest& found, const Sha256Digest& wanted,
                    const std::string& what) {
  if (found == wanted) return;
  throw Error(ErrorKind::corrupt,
              "the bytes for " + what + " are not those that their digest was taken of");
}

// Up to a folder that we may not even read, which was there before.
void sync_names_above(const std::filesystem::path& made) {
  for (std::filesystem::path at = made; at.has_relative_path(); at = at.parent_path()) {
    const FileDescriptor folder(
        ::open(at.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.open()) return;
    if (::fsync(folder.get()) != 0) throw_system_error("sync", at.parent_path());
  }
}

}  // namespace

DirectoryStore::DirectoryStore(const std::filesystem::path& root)
    : root_(std::filesystem::absolute(root)), temporaries_(root_ / kTemporaryFolder) {
  std::error_code code;
  const bool made = std::filesystem::create_directories(temporaries_, code);
  if (code) {
    errno = code.value();
    throw_system_error("make the store's directory", root_);
  }
  if (made) sync_names_above(temporaries_);
  sweep_temporaries(temporaries_);
}

std::optional<std::string> DirectoryStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                               TimePoint) {
  const auto path = path_of(key);
  const FileDescriptor file = open_object(path);
  if (!file.open()) return std::nullopt;
  const std::uint64_t size = size_of(file, path);
  if (size > size_bytes_max) {
    throw Error(ErrorKind::corrupt, "the object " + key + " has more than the " +
                                        std::to_string(size_bytes_max) + " bytes allowed");
  }
  std::string bytes = read_range(file, path, 0, size);
  if (bytes.size() < size) {
    throw Error(ErrorKind::corrupt, path.string() + " became shorter while it was read");
  }
  return bytes;
}

std::optional<std::string> DirectoryStore::get_range(const std::string& key, std::uint64_t first,
                                                     std::uint64_t size_bytes, TimePoint) {
  const auto path = path_of(key);
  const FileDescriptor file = open_object(path);
  if (!file.open()) return std::nullopt;
  std::string bytes = read_range(file, path, first, size_bytes);
  if (bytes.size() == size_bytes) return bytes;
  throw Error(ErrorKind::corrupt, "the object " + key + " is too short");
}

CreateOutcome DirectoryStore::create(const std::string& key, std::string_view bytes, TimePoint) {
  return while_there_is_room([&] { return create_object(key, bytes); });
}

CreateOutcome DirectoryStore::create_object(const std::string& key, std::string_view bytes) const {
  const auto path = path_of(key);
  const DirectoryTemporary temporary(temporaries_);
  write_range(temporary.file(), temporary.path(), 0, bytes);
  temporary.sync();
  for (int tries = 0; tries < kTriesMax; ++tries) {
    // A network file system may say EEXIST of a link that it has just made for us.
    const int reason = ::link(temporary.path().c_str(), path.c_str()) == 0 ? 0 : errno;
    const bool ours = reason == 0 || (reason == EEXIST && temporary.links() == 2);
    if (ours || (reason == EEXIST && !is_folder(path))) {
      // Also where a rival made it: nobody may act on a name that a power cut can take back.
      sync_names(path);
      return ours ? CreateOutcome::created : CreateOutcome::exists;
    }
    if (reason != ENOENT) throw_cannot_name(path, reason);
    make_folders(key);
  }
  throw_vanishing(path);
}

void DirectoryStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                         TimePoint) {
  require_good(key);
  require_digest(sha256(bytes), digest, key);
  while_there_is_room([&] {
    DirectoryTemporary temporary(temporaries_);
    write_range(temporary.file(), temporary.path(), 0, bytes);
    replace(temporary, key);
  });
}

void DirectoryStore::upload(const std::string& key, const std::filesystem::path& file,
                            std::uint64_t size_bytes, const Sha256Digest& digest, TimePoint) {
  require_good(key);
  const FileDescriptor source = open_to_read(file);
  while_there_is_room([&] {
    DirectoryTemporary temporary(temporaries_);
    require_digest(copy_bytes(source, file, temporary), digest, key);
    if (size_of(temporary.file(), temporary.path()) != size_bytes) {
      throw Error(ErrorKind::rejected,
                  file.string() + " does not have " + std::to_string(size_bytes) + " bytes");
    }
    take_after(source, file, temporary);
    replace(temporary, key);
  });
}

Holding DirectoryStore::holds(const std::string& key, std::uint64_t size_bytes,
                              const Sha256Digest& digest, TimePoint) {
  const auto path = path_of(key);
  const FileDescriptor file = open_object(path);
  if (!file.open()) return Holding::absent;
  if (size_of(file, path) != size_bytes) return Holding::different;
  return digest_of(file, path) == digest ? Holding::equal : Holding::different;
}

// Objects never change, so two names of one file are two objects: nothing is read or written.
bool DirectoryStore::copy(const std::string& from, const std::string& to, std::uint64_t,
                          TimePoint) {
  const auto source_path = path_of(from);
  require_good(to);
  const FileDescriptor source = open_object(source_path);
  if (!source.open()) return false;
  while_there_is_room([&] {
    DirectoryTemporary temporary(temporaries_);
    if (::ioctl(temporary.file().get(), FICLONE, source.get()) != 0) {
      if (link_to(source, temporary.path().string() + ".link", to)) return;
      static_cast<void>(copy_bytes(source, source_path, temporary));
    }
    take_after(source, source_path, temporary);
    replace(temporary, to);
  });
  return true;
}

// False if the file system, or the source's owner, lets nobody link.
bool DirectoryStore::link_to(const FileDescriptor& source, const std::string& temporary,
                             const std::string& key) const {
  const std::string opened = "/proc/self/fd/" + std::to_string(source.get());
  if (::linkat(AT_FDCWD, opened.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return false;
  }
  const auto path = path_of(key);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const int reason = ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : errno;
    if (reason != ENOENT) {
      ::unlink(temporary.c_str());  // Still there if both were names of one file already.
      if (reason != 0) throw_cannot_name(path, reason);
      sync_names(path);
      return true;
    }
    make_folders(key);
  }
  throw_vanishing(path);
}

void DirectoryStore::remove(const std::string& key, TimePoint) {
  const auto path = path_of(key);
  if (::unlink(path.c_str()) == 0) return;
  const int reason = errno;
  // A folder is no object, so there is nothing to remove either.
  if (reason == ENOENT || reason == ENOTDIR || is_folder(path)) return require_root();
  errno = reason;
  throw_system_error("remove", path);
}

std::vector<ObjectEntry> DirectoryStore::list(const std::string& prefix, const std::string& after,
                                              std::size_t count_max, TimePoint) {
  auto objects = walk_objects(root_, prefix, after, count_max);
  if (objects.empty()) require_root();
  return objects;
}

std::vector<std::string> DirectoryStore::list_folders(const std::string& prefix,
                                                      const std::string& after,
                                                      std::size_t count_max, TimePoint) {
  auto folders = walk_folders(root_, prefix, after, count_max);
  if (folders.empty()) require_root();
  return folders;
}

std::filesystem::path DirectoryStore::path_of(const std::string& key) const {
  require_good(key);
  return root_ / key;
}

FileDescriptor DirectoryStore::open_object(const std::filesystem::path& path) const {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.open()) {
    if (errno != ENOENT && errno != ENOTDIR) throw_system_error("read", path);
    require_root();
    return file;
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error("look at", path);
  if (S_ISDIR(status.st_mode)) return FileDescriptor();
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::rejected, path.string() + " is in the store but is not a regular file");
  }
  return file;
}

void DirectoryStore::require_root() const {
  if (is_folder(temporaries_)) return;
  throw Error(ErrorKind::denied, "the store's directory " + root_.string() +
                                     " is gone; check whether it was moved or its disk unmounted");
}

void DirectoryStore::make_folders(const std::string& key) const {
  require_root();
  // Ends: the key has one '/' less in front of it after every turn.
  for (std::size_t end = key.find('/'); end != std::string::npos; end = key.find('/', end + 1)) {
    const std::filesystem::path folder = root_ / key.substr(0, end);
    if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) throw_cannot_name(folder, errno);
  }
}

// The name of an object that stands, and those of the folders that lead to it, which a rival may
// have made a moment ago. It costs little where nothing is left to be written.
void DirectoryStore::sync_names(const std::filesystem::path& path) const {
  try {
    for (std::filesystem::path at = path; at != root_; at = at.parent_path()) {
      sync_folder(at.parent_path());
    }
  } catch (const Error& error) {
    // It may last or not: only who asks again can know.
    throw Error(ErrorKind::unavailable, error.what());
  }
}

void DirectoryStore::replace(DirectoryTemporary& temporary, const std::string& key) const {
  const auto path = path_of(key);
  temporary.sync();
  for (int tries = 0; tries < kTriesMax; ++tries) {
    if (temporary.rename_to(path)) return sync_names(path);
    if (errno != ENOENT) throw_cannot_name(path, errno);
    make_folders(key);
  }
  throw_vanishing(path);
}

// Objects are written under .holdfast-tmp, which is swept by itself.
std::vector<UnfinishedUpload> DirectoryStore::unfinished_uploads(const std::string&, std::size_t,
                                                                 TimePoint) {
  return {};
}

void DirectoryStore::abandon(const UnfinishedUpload&, TimePoint) {}

}  // namespace holdfast
