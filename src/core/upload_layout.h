// The names of what `submit --upload` stores. Pure. No job's id begins with a dot.
//
//   .inputs/{digest}{ending}            a file that jobs name, once however many do
//   .inputs/{digest}{ending},{number}   the same again, sent after the copy before was given up
//   .inputs/.named/{time}-{random}      which jobs name which of them (operate/uploads.h)
//   .inputs/.gone/{name of a copy}      empty: somebody removes this copy, or has done so
//
// Jobs always say the first name. A copy that is given up is never sent again under its name: a
// removal that comes late hits nothing that anybody relies on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

inline constexpr std::string_view kUploadsPrefix = ".inputs/";
inline constexpr std::string_view kUploadNotesPrefix = ".inputs/.named/";
inline constexpr std::string_view kUploadsGonePrefix = ".inputs/.gone/";

struct UploadCopy {
  std::string file;  // As jobs name it, without kUploadsPrefix.
  std::uint64_t number = 1;
};

// All copies but the first begin with this; `key` is the first one's, in whatever folder.
std::string later_copies_of(const std::string& key);
bool is_later_copy(std::string_view key, const std::string& of);
std::string upload_copy_key(const UploadCopy& copy);
std::string upload_gone_key(const UploadCopy& copy);
// Which copy `key` is of, below kUploadsPrefix or, as a mark, kUploadsGonePrefix. nullopt if it is
// something else.
std::optional<UploadCopy> upload_copy_at(std::string_view key, std::string_view prefix);

// Begins with the time, in seconds since 1970.
std::string upload_note_key(std::int64_t when, const std::string& random);
// nullopt if it is something else.
std::optional<std::int64_t> upload_note_time(std::string_view key);

}  // namespace holdfast
