#include "checkpoint/copy_file.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>

#include "checkpoint/holes.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Small enough that a copy can be given up soon.
constexpr std::uint64_t kStepBytes = 8 * 1024 * 1024;
constexpr std::uint64_t kBufferBytes = 256 * 1024;

// One copy and the two files it is between.
class FileCopy {
 public:
  FileCopy(const FileDescriptor& from, const std::filesystem::path& from_path,
           const FileDescriptor& to, const std::filesystem::path& to_path,
           const std::stop_token& stop)
      : from_(from), from_path_(from_path), to_(to), to_path_(to_path), stop_(stop) {}

  void run() {
    give_up_if_asked(stop_);
    if (::ioctl(to_.get(), FICLONE, from_.get()) == 0) return;
    struct stat status {};
    if (::fstat(from_.get(), &status) != 0) throw_system_error("read", from_path_);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    std::uint64_t end = size;
    const HoleFinder holes(from_);
    for (std::uint64_t at = 0; at < end;) {
      const std::uint64_t data = holes.next_data(at);
      if (data >= end) break;
      const std::uint64_t hole = std::min(holes.next_hole(data), end);
      at = copy_range(data, hole);
      if (at < hole) end = at;  // The file became shorter meanwhile.
    }
    // Makes a hole at the end, and a file that is nothing but one.
    if (::ftruncate(to_.get(), static_cast<off_t>(end)) != 0) throw_system_error("write", to_path_);
  }

 private:
  // Returns where it ended: before `end` only at the end of the file.
  std::uint64_t copy_range(std::uint64_t at, std::uint64_t end) {
    while (at < end) {
      give_up_if_asked(stop_);
      const std::uint64_t step = std::min(end - at, kStepBytes);
      const std::uint64_t copied = kernel_copies_ ? copy_in_kernel(at, step) : copy_bytes(at, step);
      if (copied == 0) break;
      at += copied;
    }
    return at;
  }

  std::uint64_t copy_in_kernel(std::uint64_t at, std::uint64_t size) {
    auto from_offset = static_cast<off_t>(at);
    auto to_offset = static_cast<off_t>(at);
    const ssize_t copied =
        ::copy_file_range(from_.get(), &from_offset, to_.get(), &to_offset, size, 0);
    if (copied > 0) return static_cast<std::uint64_t>(copied);
    // Between file systems, on old kernels and for some special files (which say 0) it cannot.
    if (copied < 0 && errno == ENOSPC) throw_system_error("write", to_path_);
    kernel_copies_ = false;
    return copy_bytes(at, size);
  }

  std::uint64_t copy_bytes(std::uint64_t at, std::uint64_t size) {
    const std::string bytes = read_range(from_, from_path_, at, std::min(size, kBufferBytes));
    write_range(to_, to_path_, at, bytes);
    return bytes.size();
  }

  const FileDescriptor& from_;
  const std::filesystem::path& from_path_;
  const FileDescriptor& to_;
  const std::filesystem::path& to_path_;
  const std::stop_token& stop_;
  bool kernel_copies_ = true;
};

}  // namespace

void give_up_if_asked(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorKind::unavailable, "the copy was given up");
}

void copy_contents(const FileDescriptor& from, const std::filesystem::path& from_path,
                   const FileDescriptor& to, const std::filesystem::path& to_path,
                   const std::stop_token& stop) {
  FileCopy(from, from_path, to, to_path, stop).run();
}

}  // namespace holdfast
