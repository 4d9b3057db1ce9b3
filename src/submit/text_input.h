// The bytes of a list, in order, with one buffer in memory however long the list is. The file is
// borrowed and read by position, so that several inputs can read it, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/file.h"

namespace holdfast {

class TextInput {
 public:
  static constexpr int kEnd = -1;

  // A byte-order mark at the beginning is skipped.
  TextInput(const FileDescriptor& file, std::filesystem::path path);

  // The next byte, 0 to 255, or kEnd. Throws Error.
  int next() { return at_ < have_ || refill() ? byte_at(at_++) : kEnd; }

  // As next(), but stays before it.
  int peek() { return at_ < have_ || refill() ? byte_at(at_) : kEnd; }

 private:
  static constexpr std::size_t kBufferBytes = 256 * 1024;

  bool refill();
  int byte_at(std::size_t at) const { return static_cast<unsigned char>(buffer_[at]); }

  const FileDescriptor& file_;
  const std::filesystem::path path_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t have_ = 0;
  std::uint64_t offset_ = 0;  // Of the byte behind the buffer.
};

}  // namespace holdfast
