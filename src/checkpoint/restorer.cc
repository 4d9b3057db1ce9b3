#include "checkpoint/restorer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compression.h"
#include "base/crew.h"
#include "base/file.h"
#include "base/log.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kForeignCheckpointBytesMax = 64 * 1024 * 1024;

FileDescriptor create_file(const fs::path& path, std::uint64_t size_bytes) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.open()) throw_system_error("create", path);
  if (::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0) {
    throw_system_error("set the size of", path);
  }
  return file;
}

// Times and modes last: writing changes times, and a mode may forbid writing.
void set_attributes(const Entry& entry, const fs::path& path) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  // Before 1970 the seconds are negative, the rest never is.
  const std::int64_t rest = (entry.modified_ns % kSecond + kSecond) % kSecond;
  const timespec time{(entry.modified_ns - rest) / kSecond, rest};
  const timespec times[2] = {time, time};
  const int follow = entry.kind == EntryKind::symlink ? AT_SYMLINK_NOFOLLOW : 0;
  if (entry.kind != EntryKind::symlink && ::chmod(path.c_str(), entry.mode) != 0) {
    throw_system_error("set the mode of", path);
  }
  if (::utimensat(AT_FDCWD, path.c_str(), times, follow) != 0) {
    throw_system_error("set the time of", path);
  }
}

// Zero bytes are left as the hole that they may have been.
bool all_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes.front() == 0 && bytes.substr(1) == bytes.substr(0, bytes.size() - 1));
}

// Bytes are damaged on the way, too: what is corrupt is read once more before it counts as damaged.
template <typename Read>
auto read_twice_if_damaged(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    log(LogLevel::warn, "reading once more", {{"error", error.what()}});
  }
  return read();
}

}  // namespace

Restorer::Restorer(Store& store, const Clock& clock, const StoreLayout& layout, int width)
    : store_(store), clock_(clock), layout_(layout), width_(width) {}

std::optional<RestoredCheckpoint> Restorer::restore(const std::vector<CheckpointRef>& checkpoints,
                                                    const fs::path& directory,
                                                    const std::stop_token& stop) {
  std::string damages;
  for (const CheckpointRef& ref : checkpoints) {
    try {
      RestoredCheckpoint restored{ref, read_manifest(ref)};
      make_empty(directory);
      if (!bring(restored.manifest, directory, stop)) return std::nullopt;
      return restored;
    } catch (const Error& error) {
      // Only a checkpoint that was read and found damaged is stepped over.
      if (error.kind() != ErrorKind::corrupt) throw;
      log(LogLevel::error, "checkpoint found damaged",
          {{"job", layout_.root()}, {"generation", ref.generation.value}, {"error", error.what()}});
      damages += (damages.empty() ? "" : "; ") +
                 ("generation " + std::to_string(ref.generation.value) + ": " + error.what());
    }
  }
  throw Error(ErrorKind::corrupt, "none of the job's checkpoints can be restored: " + damages);
}

Manifest Restorer::read_manifest(const CheckpointRef& ref) {
  if (auto manifest = find_manifest(ref)) return std::move(*manifest);
  throw Error(ErrorKind::corrupt,
              "its manifest " + layout_.manifest(ref.attempt, ref.generation, ref.manifest_digest) +
                  " is gone from the store");
}

std::optional<Manifest> Restorer::find_manifest(const CheckpointRef& ref) {
  const std::string key = layout_.manifest(ref.attempt, ref.generation, ref.manifest_digest);
  return read_twice_if_damaged([&]() -> std::optional<Manifest> {
    const auto bytes = store_.get(key, kManifestBytesMax, request_deadline(clock_, kChunkBytes));
    if (!bytes) return std::nullopt;
    if (sha256(*bytes).hex() != ref.manifest_digest) {
      throw Error(ErrorKind::corrupt, "its manifest " + key + " is not what was stored");
    }
    return manifest_from_json(is_frame(*bytes) ? decompressed_frame(*bytes, kManifestBytesMax)
                                               : *bytes);
  });
}

std::string Restorer::read_chunk(const Chunk& chunk,
                                 const std::map<std::string_view, const Chunk*>& by_digest) {
  const std::string base = chunk.form == ChunkForm::delta
                               ? read_chunk(*by_digest.at(chunk.base), by_digest)
                               : std::string();
  const std::string key = layout_.chunk(chunk.attempt, chunk.name);
  return read_twice_if_damaged([&] {
    auto bytes = store_.get(key, kChunkBytes, request_deadline(clock_, chunk.stored_bytes));
    if (!bytes) throw Error(ErrorKind::corrupt, "its chunk " + key + " is gone from the store");
    const bool whole = bytes->size() == chunk.stored_bytes;
    if (whole && chunk.form != ChunkForm::plain) {
      *bytes = decompressed(*bytes, base, chunk.size_bytes);
    }
    if (!whole || sha256(*bytes).hex() != chunk.digest) {
      throw Error(ErrorKind::corrupt, "its chunk " + key + " is not what was stored");
    }
    return std::move(*bytes);
  });
}

bool Restorer::bring(const Manifest& manifest, const fs::path& directory,
                     const std::stop_token& stop) {
  // Which pieces lie in which chunk, so that each chunk is read once.
  struct Target {
    const Entry* entry;
    std::uint64_t file_offset;
    Piece piece;
  };
  std::vector<std::vector<Target>> targets(manifest.chunks.size());
  std::map<std::string_view, const Chunk*> by_digest;
  for (const Chunk& chunk : manifest.chunks) by_digest.emplace(chunk.digest, &chunk);
  for (const Entry& entry : manifest.entries) {
    const fs::path path = directory / entry.path;
    if (entry.kind == EntryKind::folder) {
      make_folders(path);
    } else if (entry.kind == EntryKind::file) {
      create_file(path, entry.size_bytes);
      std::uint64_t offset = 0;
      for (const Piece& piece : entry.pieces) {
        if (piece.chunk != kHole) targets[piece.chunk].push_back({&entry, offset, piece});
        offset += piece.size_bytes;
      }
    }
  }
  Crew crew(width_, /*background=*/false);
  for (std::size_t index = 0; index < manifest.chunks.size(); ++index) {
    if (stop.stop_requested()) return false;
    if (targets[index].empty()) continue;
    crew.give([&, index] {
      const std::string content = read_chunk(manifest.chunks[index], by_digest);
      for (const Target& target : targets[index]) {
        const std::string_view bytes =
            std::string_view(content).substr(target.piece.offset, target.piece.size_bytes);
        if (all_zero(bytes)) continue;
        const fs::path path = directory / target.entry->path;
        const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file.open()) throw_system_error("write", path);
        write_range(file, path, target.file_offset, bytes);
      }
    });
  }
  crew.finish();
  for (auto entry = manifest.entries.rbegin(); entry != manifest.entries.rend(); ++entry) {
    const fs::path path = directory / entry->path;
    // After all files, so that no file is ever written through a link.
    if (entry->kind == EntryKind::symlink && ::symlink(entry->target.c_str(), path.c_str()) != 0) {
      throw_system_error("create the link", path);
    }
    set_attributes(*entry, path);
  }
  return true;
}

bool Restorer::verify(const CheckpointRef& ref, const std::stop_token& stop) {
  const Manifest manifest = read_manifest(ref);
  std::map<std::string_view, const Chunk*> by_digest;
  for (const Chunk& chunk : manifest.chunks) by_digest.emplace(chunk.digest, &chunk);
  Crew crew(width_, /*background=*/false);
  for (const Chunk& chunk : manifest.chunks) {
    if (stop.stop_requested()) return false;
    crew.give([&] { static_cast<void>(read_chunk(chunk, by_digest)); });
  }
  crew.finish();
  return true;
}

bool Restorer::adopt(const std::string& name, const fs::path& directory) {
  const auto bytes = store_.get(layout_.foreign_checkpoint(name), kForeignCheckpointBytesMax,
                                request_deadline(clock_, kChunkBytes));
  if (!bytes) return false;
  make_empty(directory);
  const fs::path path = directory / name;
  write_range(create_file(path, bytes->size()), path, 0, *bytes);
  return true;
}

}  // namespace holdfast
