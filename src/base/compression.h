// Bytes made fewer with zstd, where that pays. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

// `content` as one zstd frame; nullopt if a sample says that it does not pay, or it did not.
// Equal content gives equal bytes.
std::optional<std::string> compressed(std::string_view content);

// `content` as one zstd frame that refers to `base`; nullopt if it has more than `size_bytes_max`.
std::optional<std::string> delta_of(std::string_view content, std::string_view base,
                                    std::uint64_t size_bytes_max);

// Undoes both (`base` is empty for the first). Throws Error (corrupt) if `stored` is no such frame
// or has other than `size_bytes` of content.
std::string decompressed(std::string_view stored, std::string_view base, std::uint64_t size_bytes);

// Whether `stored` begins as a zstd frame does, which no text can.
bool is_frame(std::string_view stored);

// The content of a frame that compressed() made, as large as it says itself. Throws Error
// (corrupt), also if that is more than `size_bytes_max`.
std::string decompressed_frame(std::string_view stored, std::uint64_t size_bytes_max);

}  // namespace holdfast
