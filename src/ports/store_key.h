// Which keys a Store takes. The same in all of them, so that what works with a directory works with
// a bucket.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "holdfast/error.h"

namespace holdfast {

// Enough for any path that a file system takes, below a folder of ours. A store whose own names are
// shorter, or poorer in characters, spells keys in its own way (adapters/s3/s3_name.h).
inline constexpr std::size_t kKeyBytesMax = 6 * 1024;

// nullptr if `key` is good; else what is wrong with it.
inline const char* key_fault(std::string_view key) {
  if (key.empty()) return "it is empty";
  if (key.size() > kKeyBytesMax) return "it has more than 6,144 bytes";
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
