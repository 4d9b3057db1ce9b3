// A list of records that may be too long for memory: written to its end, then read from the
// beginning as often as one likes. A long one lies in a file without a name, which is gone with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace holdfast {

class RecordFile {
 public:
  // `folder`: where the file lies, if one is needed.
  explicit RecordFile(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Throws Error, DiskFull where that is why.
  void add(std::string_view record);

  std::uint64_t count() const noexcept { return count_; }

  // Reads what was added by then. Borrows the file.
  class Reader {
   public:
    explicit Reader(const RecordFile& file) : file_(file) {}
    // Valid until the next call; nullopt at the end.
    std::optional<std::string_view> next();

   private:
    std::string_view take(std::uint64_t size);

    const RecordFile& file_;
    std::uint64_t offset_ = 0;  // Of what is to be read next.
    std::string buffer_;        // Bytes of the file from buffer_at_ on.
    std::uint64_t buffer_at_ = 0;
  };

 private:
  const std::filesystem::path folder_;
  FileDescriptor file_;
  std::uint64_t in_file_ = 0;  // Bytes.
  std::string tail_;           // What is not in the file.
  std::uint64_t count_ = 0;
};

// Records in the order of their bytes, however many there are.
class RecordSorter {
 public:
  explicit RecordSorter(std::filesystem::path folder, std::size_t memory_bytes_max = 8 << 20);
  ~RecordSorter();
  RecordSorter(RecordSorter&&) noexcept;

  void add(std::string_view record);
  // The first call is the end of adding. Valid until the next call.
  std::optional<std::string_view> next();

 private:
  struct Run;
  struct Slice {
    std::size_t offset;
    std::size_t size;
  };
  std::string_view of(Slice slice) const { return {bytes_.data() + slice.offset, slice.size}; }
  void sort();
  void spill();

  std::filesystem::path folder_;
  std::size_t memory_bytes_max_;
  std::string bytes_;
  std::vector<Slice> slices_;
  std::size_t next_ = 0;  // Of slices_.
  bool sorted_ = false;
  std::vector<std::unique_ptr<Run>> runs_;  // On disk; a heap once sorted, the first one on top.
};

}  // namespace holdfast
