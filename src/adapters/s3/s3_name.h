// How keys are spelled in a bucket, where a name is UTF-8 of at most 1,024 bytes without control
// characters, and a key any bytes that a file system takes for a path (docs/formats.md, Names).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace holdfast {

// Bytes that no name can have are written %XX, and so is a '%' that would read as one. A name that
// is longer than `bytes_max` then is cut, and ends in '~' and a digest of the key.
std::string s3_name(std::string_view key, std::size_t bytes_max);

// The key that s3_name() spelled so; of one that was cut, another that is spelled the same.
std::string key_of_s3_name(std::string_view name);

}  // namespace holdfast
