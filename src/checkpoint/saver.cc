#include "checkpoint/saver.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/file.h"
#include "checkpoint/request_time.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

class Stopped {};

// Files can have times that no nanoseconds since 1970 can tell.
std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / kSecond - 1;
  return std::clamp<std::int64_t>(time.tv_sec, -kSecondsMax, kSecondsMax) * kSecond + time.tv_nsec;
}

Entry entry_of(const fs::path& snapshot, const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw_system_error("look at", path);
  Entry entry;
  entry.path = path.lexically_relative(snapshot).string();
  entry.mode = status.st_mode & 07777;
  entry.modified_ns = nanoseconds(status.st_mtim);
  if (S_ISLNK(status.st_mode)) {
    entry.kind = EntryKind::symlink;
    entry.target = fs::read_symlink(path).string();
  } else if (S_ISDIR(status.st_mode)) {
    entry.kind = EntryKind::folder;
  } else {
    entry.size_bytes = static_cast<std::uint64_t>(status.st_size);
  }
  return entry;
}

// A file that becomes shorter while it is read would make a manifest that nobody can restore.
std::string read_whole(const FileDescriptor& file, const fs::path& path, std::uint64_t offset,
                       std::uint64_t size_bytes) {
  std::string bytes = read_range(file, path, offset, size_bytes);
  if (bytes.size() != size_bytes) {
    throw Error(ErrorKind::rejected, "cannot store " + path.string() + ": it changed meanwhile");
  }
  return bytes;
}

std::vector<fs::path> paths_below(const fs::path& directory) {
  std::vector<fs::path> paths;
  for (const auto& item : fs::recursive_directory_iterator(directory)) {
    // The task's own directory may hold pipes and sockets, which would block or fail for ever.
    const fs::file_type type = item.symlink_status().type();
    const bool kept = type == fs::file_type::regular || type == fs::file_type::directory ||
                      type == fs::file_type::symlink;
    if (kept) paths.push_back(item.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

// The manifest in the making.
struct Saver::Packing {
  Manifest manifest;
  std::uint64_t uploaded_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::stop_token stop;

  std::map<std::string, std::uint32_t> index_of;  // Digest of a chunk -> its place in the manifest.
  std::map<std::string, Chunk> parent_chunks;     // By digest.
  std::map<std::string, const Entry*> parent_small;  // Packed files of the parent, by digest.

  std::string pack;                       // Bytes of small files, not yet stored.
  std::vector<std::size_t> pack_entries;  // Their entries.
};

Saver::Saver(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
             Manifest parent)
    : store_(store),
      clock_(clock),
      layout_(layout),
      attempt_(attempt),
      newest_(std::move(parent)) {}

std::optional<SavedCheckpoint> Saver::save(const fs::path& snapshot, Generation generation,
                                           const std::stop_token& stop) {
  Packing packing;
  packing.stop = stop;
  for (const Chunk& chunk : newest_.chunks) packing.parent_chunks.emplace(chunk.digest, chunk);
  for (const Entry& entry : newest_.entries) {
    if (entry.pieces.size() == 1 && entry.size_bytes <= kPackedFileBytesMax) {
      packing.parent_small.emplace(entry.digest, &entry);
    }
  }
  try {
    for (const fs::path& path : paths_below(snapshot)) add_entry(snapshot, path, packing);
    flush_pack(packing);
  } catch (const Stopped&) {
    return std::nullopt;
  }

  const std::string bytes = to_json(packing.manifest);
  const Sha256Digest digest = sha256(bytes);
  if (bytes.size() > kManifestBytesMax) {
    throw Error(ErrorKind::rejected, "the checkpoint has too many files: its manifest would have " +
                                         std::to_string(bytes.size()) + " bytes");
  }
  store_.put(layout_.manifest(attempt_, generation, digest.hex()), bytes, digest,
             request_deadline(clock_, bytes.size()));
  newest_ = std::move(packing.manifest);
  for (const Chunk& chunk : newest_.chunks) unnamed_.erase(chunk.digest);
  return SavedCheckpoint{{generation, attempt_, digest.hex(), packing.size_bytes},
                         packing.uploaded_bytes};
}

void Saver::add_entry(const fs::path& snapshot, const fs::path& path, Packing& packing) {
  Entry entry = entry_of(snapshot, path);
  packing.size_bytes += entry.size_bytes;
  if (entry.kind == EntryKind::file && entry.size_bytes > kPackedFileBytesMax) {
    add_large_file(path, entry, packing);
  } else if (entry.kind == EntryKind::file) {
    const std::string bytes = read_whole(open_to_read(path), path, 0, entry.size_bytes);
    entry.digest = sha256(bytes).hex();
    const auto known = packing.parent_small.find(entry.digest);
    if (bytes.empty()) {
      // No piece: there is nothing to keep.
    } else if (known != packing.parent_small.end()) {
      const Piece& old = known->second->pieces.front();
      const Chunk& chunk = newest_.chunks[old.chunk];
      const auto [place, added] = packing.index_of.emplace(
          chunk.digest, static_cast<std::uint32_t>(packing.manifest.chunks.size()));
      if (added) packing.manifest.chunks.push_back(chunk);
      entry.pieces.push_back({place->second, old.offset, old.size_bytes});
    } else {
      if (packing.pack.size() + bytes.size() > kChunkBytes) flush_pack(packing);
      // The chunk's place is known when the pack is stored.
      entry.pieces.push_back({0, packing.pack.size(), bytes.size()});
      packing.pack += bytes;
      packing.pack_entries.push_back(packing.manifest.entries.size());
    }
  }
  packing.manifest.entries.push_back(std::move(entry));
}

void Saver::add_large_file(const fs::path& path, Entry& entry, Packing& packing) {
  const FileDescriptor file = open_to_read(path);
  Sha256 whole;
  for (std::uint64_t offset = 0; offset < entry.size_bytes; offset += kChunkBytes) {
    const std::string bytes =
        read_whole(file, path, offset, std::min(kChunkBytes, entry.size_bytes - offset));
    whole.update(bytes);
    entry.pieces.push_back({store_chunk(bytes, packing), 0, bytes.size()});
  }
  entry.digest = whole.finish().hex();
}

void Saver::flush_pack(Packing& packing) {
  if (packing.pack.empty()) return;
  const std::uint32_t place = store_chunk(packing.pack, packing);
  for (const std::size_t index : packing.pack_entries) {
    packing.manifest.entries[index].pieces.front().chunk = place;
  }
  packing.pack.clear();
  packing.pack_entries.clear();
}

std::uint32_t Saver::store_chunk(const std::string& bytes, Packing& packing) {
  if (packing.stop.stop_requested()) throw Stopped();
  const Sha256Digest digest = sha256(bytes);
  const std::string hex = digest.hex();
  const auto [place, added] =
      packing.index_of.emplace(hex, static_cast<std::uint32_t>(packing.manifest.chunks.size()));
  if (!added) return place->second;

  if (const auto known = packing.parent_chunks.find(hex); known != packing.parent_chunks.end()) {
    packing.manifest.chunks.push_back(known->second);
    return place->second;
  }
  auto stored = unnamed_.find(hex);
  if (stored == unnamed_.end()) {
    const int count = stored_count_[hex];
    const std::string name = count == 0 ? hex : hex + "-" + std::to_string(count);
    store_.put(layout_.chunk(attempt_, name), bytes, digest,
               request_deadline(clock_, bytes.size()));
    stored_count_[hex] = count + 1;
    packing.uploaded_bytes += bytes.size();
    stored = unnamed_.emplace(hex, Chunk{attempt_, name, hex, bytes.size()}).first;
  }
  packing.manifest.chunks.push_back(stored->second);
  return place->second;
}

}  // namespace holdfast
