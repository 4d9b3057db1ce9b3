#include "adapters/unfenced/unfenced_store.h"

namespace holdfast {

CreateOutcome UnfencedStore::create(const std::string& key, std::string_view bytes,
                                    TimePoint deadline) {
  if (inner_.get(key, kReadBackBytesMax, deadline)) return CreateOutcome::exists;
  inner_.put(key, bytes, sha256(bytes), deadline);
  const auto there = inner_.get(key, kReadBackBytesMax, deadline);
  // Absent: a store that is behind itself. Whose bytes it will show is for the caller to read.
  return there == bytes ? CreateOutcome::created : CreateOutcome::exists;
}

std::optional<std::string> UnfencedStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                              TimePoint deadline) {
  return inner_.get(key, size_bytes_max, deadline);
}

void UnfencedStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                        TimePoint deadline) {
  inner_.put(key, bytes, digest, deadline);
}

void UnfencedStore::upload(const std::string& key, const std::filesystem::path& file,
                           std::uint64_t size_bytes, const Sha256Digest& digest,
                           TimePoint deadline) {
  inner_.upload(key, file, size_bytes, digest, deadline);
}

bool UnfencedStore::copy(const std::string& from, const std::string& to, std::uint64_t size_bytes,
                         TimePoint deadline) {
  return inner_.copy(from, to, size_bytes, deadline);
}

void UnfencedStore::remove(const std::string& key, TimePoint deadline) {
  inner_.remove(key, deadline);
}

std::vector<ObjectEntry> UnfencedStore::list(const std::string& prefix, const std::string& after,
                                             std::size_t count_max, TimePoint deadline) {
  return inner_.list(prefix, after, count_max, deadline);
}

std::vector<std::string> UnfencedStore::list_folders(const std::string& after,
                                                     std::size_t count_max, TimePoint deadline) {
  return inner_.list_folders(after, count_max, deadline);
}

std::vector<UnfinishedUpload> UnfencedStore::unfinished_uploads(const std::string& prefix,
                                                                std::size_t count_max,
                                                                TimePoint deadline) {
  return inner_.unfinished_uploads(prefix, count_max, deadline);
}

void UnfencedStore::abandon(const UnfinishedUpload& upload, TimePoint deadline) {
  inner_.abandon(upload, deadline);
}

}  // namespace holdfast
