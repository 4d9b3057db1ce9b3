// Files: whole reads, durable writes, descriptors that close themselves. Errors are Error with the
// path and the system's reason: `machine` (disk full, no permission), `rejected` for a name that
// leads to nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "holdfast/error.h"

namespace holdfast {

// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  int get() const noexcept { return fd_; }
  bool open() const noexcept { return fd_ >= 0; }
  int release() noexcept;
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// There is no room for what was to be written. An Error (machine), unless somebody makes room.
class DiskFull final : public Error {
 public:
  explicit DiskFull(const std::string& what) : Error(ErrorKind::machine, what) {}
};

// Says what failed on which path and why (errno); DiskFull if that is why.
[[noreturn]] void throw_system_error(std::string_view what, const std::filesystem::path& path);

// The whole file; nullopt if there is none. Longer than `size_bytes_max`: Error.
std::optional<std::string> read_file(const std::filesystem::path& path,
                                     std::uint64_t size_bytes_max);

// Reads up to `size_bytes` at `offset`; less only at the end of the file.
std::string read_range(const FileDescriptor& file, const std::filesystem::path& path,
                       std::uint64_t offset, std::uint64_t size_bytes);

// The same into `bytes`, in place of what it held: its memory is used again.
void read_range_into(std::string& bytes, const FileDescriptor& file,
                     const std::filesystem::path& path, std::uint64_t offset,
                     std::uint64_t size_bytes);

FileDescriptor open_to_read(const std::filesystem::path& path);

// Writes all of `bytes` at `offset`.
void write_range(const FileDescriptor& file, const std::filesystem::path& path,
                 std::uint64_t offset, std::string_view bytes);

// Puts `bytes` under `path` whole or not at all, as every other process sees it (temporary file,
// rename), for nobody but its owner. Not durable: for what is made anew after a power cut; waiting
// for the disk takes long.
void replace_file(const std::filesystem::path& path, std::string_view bytes);

// Where temporary files go: $TMPDIR, else /tmp. It need not exist.
std::filesystem::path temporary_folder();

// Creates the folder and those above it.
void make_folders(const std::filesystem::path& folder);

// Makes `folder` exist and hold nothing.
void make_empty(const std::filesystem::path& folder);

// As make_folders(), and those that it creates are for nobody but their owner.
void make_private_folders(const std::filesystem::path& folder);

// Removes `path` with all below it, directories that forbid it included; absent is fine.
void remove_tree(const std::filesystem::path& path);

// As remove_tree, and returns what stood in the way: for where there is nobody to tell.
std::error_code try_remove_tree(const std::filesystem::path& path) noexcept;

void sync_folder(const std::filesystem::path& folder);

}  // namespace holdfast
