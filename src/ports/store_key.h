// Which keys a Store takes. The same in all of them, so that what works with a directory works with
// a bucket.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "holdfast/error.h"

namespace holdfast {

// S3's own limit; a store's prefix counts.
inline constexpr std::size_t kKeyBytesMax = 1024;

// nullptr if `key` is good; else what is wrong with it.
inline const char* key_fault(std::string_view key) {
  if (key.empty()) return "it is empty";
  if (key.size() > kKeyBytesMax) return "it has more than 1,024 bytes";
  if (key.find('\0') != std::string_view::npos) return "it has a zero byte";
  while (true) {  // Ends: every turn takes a segment off the key.
    const std::size_t end = key.find('/');
    const std::string_view segment = key.substr(0, end);
    if (segment.empty()) return "it has an empty segment between two '/'";
    if (segment == "." || segment == "..") return "it has a segment '.' or '..'";
    if (end == std::string_view::npos) return nullptr;
    key.remove_prefix(end + 1);
  }
}

// Throws Error (rejected) unless `key` is good.
inline void require_key(std::string_view key) {
  if (const char* fault = key_fault(key)) {
    throw Error(ErrorKind::rejected, "'" + std::string(key) + "' cannot name an object: " + fault);
  }
}

}  // namespace holdfast
