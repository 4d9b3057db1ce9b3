#include "core/store_layout.h"

#include <charconv>

#include "base/check.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Large enough for a record every millisecond for 300 years.
constexpr std::uint64_t kNumberEnd = 10'000'000'000'000;
constexpr std::size_t kDigits = 13;
// A thousand records to a folder: finding the newest reads no folder of a size that grows.
constexpr std::size_t kFolderDigits = 10;
constexpr std::size_t kManifestDigestDigits = 16;
// More bytes than anybody prints, so that keys sort as numbers.
constexpr std::size_t kSegmentDigits = 16;

std::string folder(std::string_view kind, AttemptNumber attempt) {
  return std::string(kind) + "/" + std::to_string(attempt.value) + "/";
}

}  // namespace

std::string StoreLayout::record(std::uint64_t number) const {
  check(number > 0, "records are numbered from 1");
  // Nobody appends so often: somebody put an object there by hand.
  if (number >= kNumberEnd) throw Error(ErrorKind::corrupt, "the log below " + root_ + " is full");
  std::string digits = std::to_string(kNumberEnd - number);
  digits.insert(0, kDigits - digits.size(), '0');
  return log_prefix() + digits.insert(kFolderDigits, "/");
}

std::optional<std::uint64_t> StoreLayout::record_number(std::string_view key) const {
  const std::string prefix = log_prefix();
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  if (key.size() != kDigits + 1 || key[kFolderDigits] != '/') return std::nullopt;
  const std::string digits = std::string(key).erase(kFolderDigits, 1);
  std::uint64_t down = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), down);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || down == 0 || down >= kNumberEnd) return std::nullopt;
  return kNumberEnd - down;
}

std::string StoreLayout::manifest(AttemptNumber attempt, Generation generation,
                                  const std::string& digest) const {
  return root_ + folder("manifests", attempt) + std::to_string(generation.value) + "-" +
         digest.substr(0, kManifestDigestDigits);
}

std::string StoreLayout::chunk(AttemptNumber attempt, const std::string& name) const {
  return root_ + folder("chunks", attempt) + name;
}

std::optional<AttemptNumber> StoreLayout::attempt_of(std::string_view key,
                                                     std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  key = key.substr(0, key.find('/'));
  AttemptNumber attempt;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), attempt.value);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return attempt;
}

std::string StoreLayout::attempt_output(AttemptNumber attempt, const std::string& path) const {
  return root_ + folder("attempts", attempt) + "outputs/" + path;
}

std::string StoreLayout::attempt_outputs_manifest(AttemptNumber attempt) const {
  return root_ + folder("attempts", attempt) + "outputs.json";
}

std::string StoreLayout::attempt_outputs_page(AttemptNumber attempt,
                                              const std::string& digest) const {
  return root_ + folder("attempts", attempt) + "outputs-list/" + digest;
}

std::string StoreLayout::log_keys(AttemptNumber attempt) const {
  return root_ + folder("attempts", attempt) + "log";
}

std::string StoreLayout::log_segment(AttemptNumber attempt, std::uint64_t first) const {
  std::string digits = std::to_string(first);
  if (digits.size() < kSegmentDigits) digits.insert(0, kSegmentDigits - digits.size(), '0');
  return log_keys(attempt) + "/" + digits;
}

std::optional<std::uint64_t> StoreLayout::log_segment_first(AttemptNumber attempt,
                                                            std::string_view key) const {
  const std::string prefix = log_keys(attempt) + "/";
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  std::uint64_t first = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), first);
  if (error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return first;
}

std::string StoreLayout::old_log(AttemptNumber attempt) const {
  return log_keys(attempt) + ".txt";
}

std::string StoreLayout::old_log_so_far(AttemptNumber attempt) const {
  return log_keys(attempt) + "-so-far.txt";
}

std::string unfit_notice_key(std::string_view worker) {
  // Ids come from outside: what no job's id may hold cannot stand in a key either.
  std::string name;
  for (const char c : worker.substr(0, kJobIdBytesMax)) {
    const bool plain = JobId::parse("x" + std::string(1, c)).has_value();
    name += plain ? c : '_';
  }
  return std::string(kWorkersFolder) + "/" + name + "/unfit.json";
}

}  // namespace holdfast
