#include "bucket.h"

#include <algorithm>

#include "base/file.h"
#include "holdfast/error.h"

namespace holdfast::sim {

namespace {

constexpr std::uint64_t kFileBytesMax = 64 << 20;

}  // namespace

void Bucket::write(const std::string& key, const std::string& bytes, const std::string& writer) {
  if (on_write) on_write(key, bytes, writer);
  objects[key] = bytes;
}

std::optional<std::string> BucketStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                            TimePoint) {
  const auto found = bucket_.objects.find(key);
  if (found == bucket_.objects.end()) return std::nullopt;
  read_.insert(key);
  if (found->second.size() > size_bytes_max) {
    throw Error(ErrorKind::corrupt, "simulated: too large: " + key);
  }
  return found->second;
}

std::optional<std::string> BucketStore::get_range(const std::string& key, std::uint64_t first,
                                                  std::uint64_t size_bytes, TimePoint deadline) {
  const auto bytes = get(key, kFileBytesMax, deadline);
  if (!bytes) return std::nullopt;
  if (bytes->size() < first + size_bytes) {
    throw Error(ErrorKind::corrupt, "simulated: too short: " + key);
  }
  return bytes->substr(first, size_bytes);
}

CreateOutcome BucketStore::create(const std::string& key, std::string_view bytes, TimePoint) {
  if (bucket_.objects.contains(key)) return CreateOutcome::exists;
  bucket_.write(key, std::string(bytes), writer_);
  return CreateOutcome::created;
}

void BucketStore::put(const std::string& key, std::string_view bytes, const Sha256Digest&,
                      TimePoint) {
  bucket_.write(key, std::string(bytes), writer_);
}

void BucketStore::upload(const std::string& key, const std::filesystem::path& file, std::uint64_t,
                         const Sha256Digest& digest, TimePoint deadline) {
  put(key, *read_file(file, kFileBytesMax), digest, deadline);
}

Holding BucketStore::holds(const std::string& key, std::uint64_t, const Sha256Digest& digest,
                           TimePoint deadline) {
  const auto bytes = get(key, kFileBytesMax, deadline);
  if (!bytes) return Holding::absent;
  return sha256(*bytes) == digest ? Holding::equal : Holding::different;
}

bool BucketStore::copy(const std::string& from, const std::string& to, std::uint64_t, TimePoint) {
  const auto found = bucket_.objects.find(from);
  if (found == bucket_.objects.end()) return false;
  bucket_.write(to, std::string(found->second), writer_);
  return true;
}

void BucketStore::remove(const std::string& key, TimePoint) {
  if (bucket_.on_remove) bucket_.on_remove(key);
  bucket_.objects.erase(key);
}

std::vector<ObjectEntry> BucketStore::list(const std::string& prefix, const std::string& after,
                                           std::size_t count_max, TimePoint) {
  std::vector<ObjectEntry> entries;
  for (auto at = bucket_.objects.lower_bound(std::max(prefix, after)); at != bucket_.objects.end();
       ++at) {
    if (!at->first.starts_with(prefix) || entries.size() == count_max) break;
    if (at->first > after) entries.push_back({at->first, at->second.size()});
  }
  return entries;
}

std::vector<std::string> BucketStore::list_folders(const std::string&, const std::string&,
                                                   std::size_t, TimePoint) {
  return {};  // Nothing that is simulated asks for it.
}

// Simulated outputs are small: nothing goes up in parts.
std::vector<UnfinishedUpload> BucketStore::unfinished_uploads(const std::string&, std::size_t,
                                                              TimePoint) {
  return {};
}

void BucketStore::abandon(const UnfinishedUpload&, TimePoint) {}

}  // namespace holdfast::sim
