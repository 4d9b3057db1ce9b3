#include "fakes/memory_store.h"

#include <filesystem>
#include <limits>

#include "base/file.h"
#include "holdfast/error.h"
#include "ports/store_key.h"

namespace holdfast {

void MemoryStore::lose_next_answer() {
  const std::lock_guard lock(mutex_);
  answer_lost_next_ = true;
}

void MemoryStore::fail_next(std::size_t calls) {
  const std::lock_guard lock(mutex_);
  failures_left_ = calls;
}

void MemoryStore::go_away() {
  const std::lock_guard lock(mutex_);
  away_ = true;
}

void MemoryStore::come_back() {
  const std::lock_guard lock(mutex_);
  away_ = false;
}

void MemoryStore::damage(const std::string& key, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  objects_[key] = bytes;
}

void MemoryStore::leave_unfinished(const UnfinishedUpload& upload) {
  const std::lock_guard lock(mutex_);
  unfinished_.push_back(upload);
}

std::size_t MemoryStore::calls(Call kind) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(kind);
  return found == calls_.end() ? 0 : found->second;
}

std::vector<std::string> MemoryStore::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, bytes] : objects_) keys.push_back(key);
  return keys;
}

void MemoryStore::begin(Call kind, const std::string& key) {
  ++calls_[kind];
  if (failures_left_ == 0 && !away_) return;
  if (failures_left_ > 0) --failures_left_;
  throw Error(ErrorKind::unavailable, "the store in memory was told to fail at '" + key + "'");
}

void MemoryStore::end(const std::string& key) {
  if (!answer_lost_next_) return;
  answer_lost_next_ = false;
  throw Error(ErrorKind::unavailable, "the store in memory was told to lose its answer for '" +
                                          key + "', which it has applied");
}

std::optional<std::string> MemoryStore::get(const std::string& key, std::uint64_t size_bytes_max,
                                            TimePoint) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  begin(Call::get, key);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return std::nullopt;
  if (found->second.size() > size_bytes_max) {
    throw Error(ErrorKind::corrupt, "the object " + key + " is larger than allowed");
  }
  return found->second;
}

std::optional<std::string> MemoryStore::get_range(const std::string& key, std::uint64_t first,
                                                  std::uint64_t size_bytes, TimePoint) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  begin(Call::get, key);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return std::nullopt;
  if (first + size_bytes > found->second.size()) {
    throw Error(ErrorKind::corrupt, "the object " + key + " is too short");
  }
  return found->second.substr(first, size_bytes);
}

CreateOutcome MemoryStore::create(const std::string& key, std::string_view bytes, TimePoint) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  begin(Call::create, key);
  const bool created = objects_.emplace(key, bytes).second;
  end(key);
  return created ? CreateOutcome::created : CreateOutcome::exists;
}

void MemoryStore::put(const std::string& key, std::string_view bytes, const Sha256Digest& digest,
                      TimePoint) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  begin(Call::put, key);
  if (sha256(bytes) != digest) {
    throw Error(ErrorKind::corrupt, "the bytes for " + key + " do not have their digest");
  }
  objects_[key] = bytes;
  end(key);
}

void MemoryStore::upload(const std::string& key, const std::filesystem::path& file,
                         std::uint64_t size_bytes, const Sha256Digest& digest, TimePoint) {
  require_key(key);
  const auto bytes = read_file(file, std::numeric_limits<std::int64_t>::max());
  if (!bytes) throw Error(ErrorKind::rejected, "there is no file " + file.string());
  const std::lock_guard lock(mutex_);
  begin(Call::upload, key);
  if (bytes->size() != size_bytes || sha256(*bytes) != digest) {
    throw Error(ErrorKind::corrupt, file.string() + " does not have its size and digest");
  }
  objects_[key] = *bytes;
  end(key);
}

Holding MemoryStore::holds(const std::string& key, std::uint64_t, const Sha256Digest& digest,
                           TimePoint) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  begin(Call::holds, key);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return Holding::absent;
  return sha256(found->second) == digest ? Holding::equal : Holding::different;
}

bool MemoryStore::copy(const std::string& from, const std::string& to, std::uint64_t, TimePoint) {
  require_key(from);
  require_key(to);
  const std::lock_guard lock(mutex_);
  begin(Call::copy, to);
  const auto found = objects_.find(from);
  if (found == objects_.end()) return false;
  objects_[to] = found->second;
  end(to);
  return true;
}

void MemoryStore::remove(const std::string& key, TimePoint) {
  require_key(key);
  const std::lock_guard lock(mutex_);
  begin(Call::remove, key);
  objects_.erase(key);
  end(key);
}

std::vector<ObjectEntry> MemoryStore::list(const std::string& prefix, const std::string& after,
                                           std::size_t count_max, TimePoint) {
  const std::lock_guard lock(mutex_);
  begin(Call::list, prefix);
  std::vector<ObjectEntry> entries;
  for (auto it = objects_.upper_bound(after); it != objects_.end(); ++it) {
    if (entries.size() == count_max) break;
    if (it->first.starts_with(prefix)) entries.push_back({it->first, it->second.size()});
  }
  return entries;
}

std::vector<std::string> MemoryStore::list_folders(const std::string& prefix,
                                                   const std::string& after, std::size_t count_max,
                                                   TimePoint) {
  const std::lock_guard lock(mutex_);
  begin(Call::list_folders, after);
  std::vector<std::string> folders;
  for (const auto& [key, bytes] : objects_) {
    const std::size_t slash = key.find('/', prefix.size());
    if (!key.starts_with(prefix) || slash == std::string::npos) continue;
    const std::string folder = key.substr(prefix.size(), slash - prefix.size());
    const bool seen = !folders.empty() && folders.back() == folder;
    const bool behind = !after.empty() && folder + "/" <= after + "/";
    if (!seen && !behind && folders.size() < count_max) folders.push_back(folder);
  }
  return folders;
}

std::vector<UnfinishedUpload> MemoryStore::unfinished_uploads(const std::string& prefix,
                                                              std::size_t count_max, TimePoint) {
  const std::lock_guard lock(mutex_);
  begin(Call::unfinished_uploads, prefix);
  std::vector<UnfinishedUpload> found;
  for (const UnfinishedUpload& upload : unfinished_) {
    if (upload.key.starts_with(prefix) && found.size() < count_max) found.push_back(upload);
  }
  return found;
}

void MemoryStore::abandon(const UnfinishedUpload& upload, TimePoint) {
  const std::lock_guard lock(mutex_);
  begin(Call::abandon, upload.key);
  std::erase_if(unfinished_, [&](const UnfinishedUpload& one) {
    return one.key == upload.key && one.id == upload.id;
  });
  end(upload.key);
}

}  // namespace holdfast
