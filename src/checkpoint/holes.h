// Where files have nothing.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>

#include "base/file.h"

namespace holdfast {

// Whether there is nothing but zero bytes in it: what a hole reads as.
inline bool all_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes.front() == 0 && bytes.substr(1) == bytes.substr(0, bytes.size() - 1));
}

// Tells holes from data. A file system that does not know says that all is data. A file that takes
// as much room as it is long is all data, whatever the file system says: some have told of holes
// where bytes waited to be written.
class HoleFinder {
 public:
  // Borrows the open file.
  explicit HoleFinder(const FileDescriptor& file) : file_(file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return;
    size_ = static_cast<std::uint64_t>(status.st_size);
    sparse_ = static_cast<std::uint64_t>(status.st_blocks) * 512 < size_;
  }

  // Where data begins, at or after `at`; the end of the file if there is none.
  std::uint64_t next_data(std::uint64_t at) const { return sparse_ ? next(at, SEEK_DATA, at) : at; }
  // The same of a hole.
  std::uint64_t next_hole(std::uint64_t at) const {
    return sparse_ ? next(at, SEEK_HOLE, size_) : size_;
  }

 private:
  std::uint64_t next(std::uint64_t at, int what, std::uint64_t unknown) const {
    const off_t found = ::lseek(file_.get(), static_cast<off_t>(at), what);
    if (found >= 0) return static_cast<std::uint64_t>(found);
    return errno == ENXIO ? size_ : unknown;
  }

  const FileDescriptor& file_;
  std::uint64_t size_ = 0;
  bool sparse_ = false;
};

}  // namespace holdfast
