#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "holdfast/error.h"

namespace holdfast {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() noexcept {
  return std::exchange(fd_, -1);
}

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void throw_system_error(std::string_view what, const std::filesystem::path& path) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  const std::string text = "cannot " + std::string(what) + " " + path.string() + ": " +
                           std::generic_category().message(errno);
  if (full) throw DiskFull(text);
  const bool of_the_name = errno == ENOENT || errno == ENAMETOOLONG || errno == ELOOP;
  throw Error(of_the_name ? ErrorKind::rejected : ErrorKind::machine, text);
}

FileDescriptor open_to_read(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) throw_system_error("read", path);
  return file;
}

std::string read_range(const FileDescriptor& file, const std::filesystem::path& path,
                       std::uint64_t offset, std::uint64_t size_bytes) {
  std::string bytes;
  read_range_into(bytes, file, path, offset, size_bytes);
  return bytes;
}

void read_range_into(std::string& bytes, const FileDescriptor& file,
                     const std::filesystem::path& path, std::uint64_t offset,
                     std::uint64_t size_bytes) {
  bytes.resize(size_bytes);
  std::uint64_t have = 0;
  while (have < size_bytes) {
    const ssize_t got = ::pread(file.get(), bytes.data() + have, size_bytes - have,
                                static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_system_error("read", path);
    if (got == 0) break;
    have += static_cast<std::uint64_t>(got);
  }
  bytes.resize(have);
}

std::optional<std::string> read_file(const std::filesystem::path& path,
                                     std::uint64_t size_bytes_max) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.open()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw_system_error("read", path);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_system_error("read", path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > size_bytes_max) {
    throw Error(ErrorKind::rejected, "cannot read " + path.string() + ": it has " +
                                         std::to_string(size) + " bytes, more than the " +
                                         std::to_string(size_bytes_max) + " allowed");
  }
  return read_range(file, path, 0, size);
}

void write_range(const FileDescriptor& file, const std::filesystem::path& path,
                 std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put =
        ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_system_error("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
}

std::filesystem::path temporary_folder() {
  const char* named = ::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

void make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    errno = error.value();
    throw_system_error("create the folder", folder);
  }
}

namespace {

constexpr int kRemovalRounds = 100;

// Only the owner of a directory can empty it, and only if its mode lets him.
void allow_removal(const std::filesystem::path& directory) {
  std::error_code ignored;  // What cannot be mended shows when it is removed.
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all,
                               std::filesystem::perm_options::add, ignored);
  std::filesystem::directory_iterator entry(directory, ignored);
  while (!ignored && entry != std::filesystem::directory_iterator()) {
    std::error_code unknown;
    if (entry->symlink_status(unknown).type() == std::filesystem::file_type::directory) {
      allow_removal(entry->path());
    }
    entry.increment(ignored);
  }
}

}  // namespace

std::error_code try_remove_tree(const std::filesystem::path& path) noexcept {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) return error;
  allow_removal(path);
  // Somebody else may remove the same tree: what is gone before its turn is no fault, and each
  // round leaves less of it.
  for (int round = 0; round < kRemovalRounds; ++round) {
    std::filesystem::remove_all(path, error);
    if (error != std::errc::no_such_file_or_directory) break;
  }
  return error;
}

void remove_tree(const std::filesystem::path& path) {
  if (const std::error_code error = try_remove_tree(path)) {
    errno = error.value();
    throw_system_error("remove", path);
  }
}

void make_private_folders(const std::filesystem::path& folder) {
  if (folder.empty() || ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return;
  if (errno != ENOENT || folder.parent_path() == folder) throw_system_error("create", folder);
  make_private_folders(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) throw_system_error("create", folder);
}

void make_empty(const std::filesystem::path& folder) {
  remove_tree(folder);
  make_folders(folder);
}

void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle.open() || ::fsync(handle.get()) != 0) throw_system_error("sync", folder);
}

void replace_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path temporary = path.string() + ".tmp";
  const FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.open()) throw_system_error("write", temporary);
  try {
    write_range(file, temporary, 0, bytes);
    if (::rename(temporary.c_str(), path.c_str()) != 0) throw_system_error("write", path);
  } catch (const Error&) {
    ::unlink(temporary.c_str());  // Half a file is of no use, and takes room that is missing.
    throw;
  }
}

}  // namespace holdfast
