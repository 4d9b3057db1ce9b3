#include "core/upload_layout.h"

#include <charconv>

#include "base/digest.h"

namespace holdfast {

namespace {

constexpr std::size_t kDigestDigits = 64;
// In no ending.
constexpr char kCopyMark = ',';
constexpr std::size_t kTimeDigits = 12;

std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string name_of(const UploadCopy& copy) {
  return copy.number == 1 ? copy.file : copy.file + kCopyMark + std::to_string(copy.number);
}

}  // namespace

std::string later_copies_of(const std::string& key) {
  return key + kCopyMark;
}

bool is_later_copy(std::string_view key, const std::string& of) {
  const std::string begin = later_copies_of(of);
  const std::string folder(kUploadsPrefix);
  const std::size_t name = of.find_last_of('/') + 1;
  return std::string_view(of).substr(0, name).ends_with(folder) && key.starts_with(begin) &&
         number_in(key.substr(begin.size())).has_value();
}

std::string upload_copy_key(const UploadCopy& copy) {
  return std::string(kUploadsPrefix) + name_of(copy);
}

std::string upload_gone_key(const UploadCopy& copy) {
  return std::string(kUploadsGonePrefix) + name_of(copy);
}

std::optional<UploadCopy> upload_copy_at(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  const std::string_view name = key.substr(prefix.size());
  if (!Sha256Digest::from_hex(name.substr(0, kDigestDigits))) return std::nullopt;
  const std::size_t mark = name.find(kCopyMark, kDigestDigits);
  if (mark == std::string_view::npos) return UploadCopy{std::string(name), 1};
  const auto number = number_in(name.substr(mark + 1));
  if (!number || *number < 2) return std::nullopt;
  return UploadCopy{std::string(name.substr(0, mark)), *number};
}

std::string upload_note_key(std::int64_t when, const std::string& random) {
  std::string time = std::to_string(when);
  if (time.size() < kTimeDigits) time.insert(0, kTimeDigits - time.size(), '0');
  return std::string(kUploadNotesPrefix) + time + "-" + random;
}

std::optional<std::int64_t> upload_note_time(std::string_view key) {
  if (!key.starts_with(kUploadNotesPrefix)) return std::nullopt;
  const std::string_view name = key.substr(kUploadNotesPrefix.size());
  const std::size_t end = name.find('-');
  if (end == std::string_view::npos) return std::nullopt;
  const auto time = number_in(name.substr(0, end));
  if (!time) return std::nullopt;
  return static_cast<std::int64_t>(*time);
}

}  // namespace holdfast
