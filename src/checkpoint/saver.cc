#include "checkpoint/saver.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "base/compression.h"
#include "base/crew.h"
#include "base/file.h"
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

// Of a chunk's name: tells its form.
std::string ending_of(const Chunk& chunk) {
  if (chunk.form == ChunkForm::zstd) return ".zst";
  if (chunk.form == ChunkForm::delta) return "." + chunk.base.substr(0, 16) + ".delta";
  return {};
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

// One call of save().
class Saver::Save {
 public:
  Save(Saver& saver, const fs::path& snapshot, const std::stop_token& stop)
      : saver_(saver),
        snapshot_(snapshot),
        stop_(stop),
        parent_(saver.newest_),
        crew_(saver.width_, /*background=*/true) {}

  // Stores every chunk that is not there yet. Throws Stopped.
  Manifest run();

  std::uint64_t size_bytes() const { return size_bytes_; }
  std::uint64_t uploaded_bytes() const { return uploaded_bytes_; }

 private:
  // A run of bytes of a file, in the chunk with this digest.
  struct Part {
    std::string digest;
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
  };
  // A file is cut into blocks of kChunkBytes. A block is one chunk, or several if it grew.
  struct File {
    Entry entry;
    std::vector<std::vector<Part>> blocks;
  };
  using Block = std::vector<const Chunk*>;
  // What a chunk may be told as the difference from: a chunk, and where its content lies.
  struct Base {
    const Chunk* chunk = nullptr;  // nullptr: nothing.
    fs::path file;
    std::uint64_t offset = 0;
  };

  void index_parent();
  [[nodiscard]] bool reuse(File& file) const;
  void add_large(File& file, const fs::path& path);
  void add_small(File& file, const fs::path& path);
  void flush_pack();
  std::string store_chunk(const std::string& content, const Base& base);
  [[nodiscard]] bool adopt(const Chunk& chunk);
  std::string next_name(const Chunk& chunk) const;
  // The object's bytes; sets form, stored_bytes and base.
  std::string stored_form(Chunk& chunk, const std::string& content, const Base& base) const;
  std::vector<Part> store_block(const std::string& content, const Block& before,
                                const fs::path& file, std::uint64_t offset);
  std::vector<Block> blocks_of_parent(const std::string& path) const;
  std::optional<std::string> content_of(const Base& base) const;
  bool base_is_kept(const Chunk& chunk) const;
  std::uint32_t place(const std::string& digest, Manifest& manifest);

  Saver& saver_;
  const fs::path& snapshot_;
  const std::stop_token& stop_;
  const Manifest& parent_;

  // Of the parent; not written while the crew works.
  struct Chain {
    const Chunk* chunk = nullptr;
    int deltas = 0;                 // How many have to be undone to read it.
    std::uint64_t delta_bytes = 0;  // How many bytes they have together.
  };
  std::map<std::string, Chain> parent_chunks_;        // By digest.
  std::map<std::string, const Entry*> parent_files_;  // By path.
  std::map<std::string, Part> parent_small_;          // By digest of the file.

  std::deque<File> files_;  // Stay where they are while more are added.
  std::uint64_t size_bytes_ = 0;
  std::string pack_;                             // Bytes of small files, not yet stored.
  std::vector<File*> pack_files_;                // Whose they are.
  std::map<std::string, std::uint32_t> places_;  // Digest -> index in the manifest.

  // What follows, and the saver's unnamed_ and stored_count_, are touched by one thread at a time
  // (Crew::alone).
  std::uint64_t uploaded_bytes_ = 0;
  std::set<std::string> begun_;  // Chunks that this save stores, by digest.

  Crew crew_;  // Last: ends before what it works on.
};

Saver::Saver(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
             Manifest parent, int width)
    : store_(store),
      clock_(clock),
      layout_(layout),
      attempt_(attempt),
      newest_(std::move(parent)),
      width_(width) {}

std::optional<SavedCheckpoint> Saver::save(const fs::path& snapshot, Generation generation,
                                           const std::stop_token& stop) {
  if (!orphans_ && attempt_.value > 1) {
    orphans_ = find_orphans(store_, clock_, layout_, attempt_, stop);
  }
  Save save(*this, snapshot, stop);
  Manifest manifest;
  try {
    manifest = save.run();
  } catch (const Stopped&) {
    return std::nullopt;
  }
  const std::string bytes = to_json(manifest);
  const Sha256Digest digest = sha256(bytes);
  if (bytes.size() > kManifestBytesMax) {
    throw Error(ErrorKind::rejected, "the checkpoint has too many files: its manifest would have " +
                                         std::to_string(bytes.size()) + " bytes");
  }
  store_.put(layout_.manifest(attempt_, generation, digest.hex()), bytes, digest,
             request_deadline(clock_, bytes.size()));
  newest_ = std::move(manifest);
  newest_snapshot_ = snapshot;
  orphans_ = Orphans();
  for (const Chunk& chunk : newest_.chunks) unnamed_.erase(chunk.digest);
  return SavedCheckpoint{{generation, attempt_, digest.hex(), save.size_bytes()},
                         save.uploaded_bytes()};
}

Manifest Saver::Save::run() {
  index_parent();
  for (const fs::path& path : paths_below(snapshot_)) {
    File& file = files_.emplace_back(File{entry_of(snapshot_, path), {}});
    size_bytes_ += file.entry.size_bytes;
    if (file.entry.kind != EntryKind::file || reuse(file)) continue;
    if (file.entry.size_bytes > kPackedFileBytesMax) {
      add_large(file, path);
    } else {
      add_small(file, path);
    }
  }
  flush_pack();
  crew_.finish();

  Manifest manifest;
  for (File& file : files_) {
    for (const std::vector<Part>& block : file.blocks) {
      for (const Part& part : block) {
        file.entry.pieces.push_back({place(part.digest, manifest), part.offset, part.size_bytes});
      }
    }
    manifest.entries.push_back(std::move(file.entry));
  }
  return manifest;
}

void Saver::Save::index_parent() {
  std::vector<std::uint64_t> used(parent_.chunks.size());
  for (const Chunk& chunk : parent_.chunks) {
    Chain chain{&chunk, 0, 0};
    if (chunk.form == ChunkForm::delta) {
      const Chain& base = parent_chunks_.at(chunk.base);
      chain.deltas = base.deltas + 1;
      chain.delta_bytes = base.delta_bytes + chunk.stored_bytes;
    }
    parent_chunks_.emplace(chunk.digest, chain);
  }
  for (const Entry& entry : parent_.entries) {
    parent_files_.emplace(entry.path, &entry);
    for (const Piece& piece : entry.pieces) used[piece.chunk] += piece.size_bytes;
  }
  for (const Entry& entry : parent_.entries) {
    if (entry.pieces.size() != 1 || entry.digest.empty()) continue;
    const Piece& piece = entry.pieces.front();
    const Chunk& chunk = parent_.chunks[piece.chunk];
    // A pack that holds more that is gone than what is left is given up, file by file.
    const bool mostly_gone = used[piece.chunk] < chunk.size_bytes / 2;
    if (entry.size_bytes > kPackedFileBytesMax || mostly_gone) continue;
    parent_small_.emplace(entry.digest, Part{chunk.digest, piece.offset, piece.size_bytes});
  }
}

// What the snapshot shares with the one saved last has not changed: nobody writes to either.
bool Saver::Save::reuse(File& file) const {
  const fs::path& last = saver_.newest_snapshot_;
  const auto found = parent_files_.find(file.entry.path);
  if (last.empty() || last == snapshot_ || found == parent_files_.end()) return false;
  struct stat now {};
  struct stat before {};
  if (::lstat((snapshot_ / file.entry.path).c_str(), &now) != 0 ||
      ::lstat((last / file.entry.path).c_str(), &before) != 0 || now.st_dev != before.st_dev ||
      now.st_ino != before.st_ino) {
    return false;
  }
  const Entry& entry = *found->second;
  const bool packed = !entry.digest.empty() && !entry.pieces.empty();
  if (packed && !parent_small_.contains(entry.digest)) return false;
  file.entry.digest = entry.digest;
  std::vector<Part>& parts = file.blocks.emplace_back();
  for (const Piece& piece : entry.pieces) {
    parts.push_back({parent_.chunks[piece.chunk].digest, piece.offset, piece.size_bytes});
  }
  return true;
}

void Saver::Save::add_small(File& file, const fs::path& path) {
  const std::string bytes = read_whole(open_to_read(path), path, 0, file.entry.size_bytes);
  file.entry.digest = sha256(bytes).hex();
  if (bytes.empty()) return;  // There is nothing to keep.
  if (const auto known = parent_small_.find(file.entry.digest); known != parent_small_.end()) {
    file.blocks.push_back({known->second});
    return;
  }
  if (pack_.size() + bytes.size() > kChunkBytes) flush_pack();
  file.blocks.push_back({{{}, pack_.size(), bytes.size()}});
  pack_ += bytes;
  pack_files_.push_back(&file);
}

void Saver::Save::flush_pack() {
  if (pack_.empty()) return;
  crew_.give([this, content = std::exchange(pack_, {}), files = std::exchange(pack_files_, {})] {
    const std::string digest = store_chunk(content, {});
    for (File* file : files) file->blocks.front().front().digest = digest;
  });
}

void Saver::Save::add_large(File& file, const fs::path& path) {
  const std::uint64_t size = file.entry.size_bytes;
  std::vector<Block> before = blocks_of_parent(file.entry.path);
  file.blocks.resize((size + kChunkBytes - 1) / kChunkBytes);
  before.resize(file.blocks.size());
  for (std::size_t i = 0; i < file.blocks.size(); ++i) {
    crew_.give([this, path, size, i, &file, block = std::move(before[i])] {
      if (stop_.stop_requested()) throw Stopped();
      const std::uint64_t offset = i * kChunkBytes;
      const std::string content =
          read_whole(open_to_read(path), path, offset, std::min(kChunkBytes, size - offset));
      file.blocks[i] = store_block(content, block, file.entry.path, offset);
    });
  }
}

// `before`: what the block was in the parent. As long as it only grew, what is new is enough.
std::vector<Saver::Save::Part> Saver::Save::store_block(const std::string& content,
                                                        const Block& before, const fs::path& file,
                                                        std::uint64_t offset) {
  std::vector<Part> parts;
  std::size_t known = 0;
  for (const Chunk* chunk : before) {
    const std::string_view bytes = std::string_view(content).substr(known, chunk->size_bytes);
    if (sha256(bytes).hex() != chunk->digest) break;
    parts.push_back({chunk->digest, 0, chunk->size_bytes});
    known += chunk->size_bytes;
  }
  if (parts.size() == before.size() && known == content.size()) return parts;
  const bool grew = parts.size() == before.size() && !before.empty();
  if (grew && parts.size() < kPiecesPerChunkMax) {
    const std::string tail = content.substr(known);
    parts.push_back({store_chunk(tail, {}), 0, tail.size()});
    return parts;
  }
  Base base;
  if (before.size() == 1 && !saver_.newest_snapshot_.empty()) {
    base = {before.front(), saver_.newest_snapshot_ / file, offset};
  }
  return {{store_chunk(content, base), 0, content.size()}};
}

// Only blocks that consist of whole chunks.
std::vector<Saver::Save::Block> Saver::Save::blocks_of_parent(const std::string& path) const {
  std::vector<Block> blocks;
  const auto found = parent_files_.find(path);
  if (found == parent_files_.end()) return blocks;
  std::uint64_t end = 0;
  for (const Piece& piece : found->second->pieces) {
    const Chunk& chunk = parent_.chunks[piece.chunk];
    if (piece.offset != 0 || piece.size_bytes != chunk.size_bytes) return {};
    blocks.resize(end / kChunkBytes + 1);
    blocks.back().push_back(&chunk);
    end += piece.size_bytes;
  }
  return blocks;
}

std::optional<std::string> Saver::Save::content_of(const Base& base) const {
  if (base.chunk == nullptr) return std::nullopt;
  try {
    std::string content =
        read_range(open_to_read(base.file), base.file, base.offset, base.chunk->size_bytes);
    // A delta from anything else could never be undone.
    if (sha256(content).hex() == base.chunk->digest) return content;
  } catch (const Error&) {
    // The snapshot is gone, as the worker may need its space.
  }
  return std::nullopt;
}

std::string Saver::Save::stored_form(Chunk& chunk, const std::string& content,
                                     const Base& base) const {
  if (const auto before = content_of(base)) {
    const Chain& chain = parent_chunks_.at(base.chunk->digest);
    const std::uint64_t most = content.size() / 2;
    if (chain.deltas < kDeltaChainMax && chain.delta_bytes < most) {
      if (auto delta = delta_of(content, *before, most - chain.delta_bytes)) {
        chunk.form = ChunkForm::delta;
        chunk.base = base.chunk->digest;
        return std::move(*delta);
      }
    }
  }
  if (auto frame = compressed(content)) {
    chunk.form = ChunkForm::zstd;
    return std::move(*frame);
  }
  return content;
}

bool Saver::Save::base_is_kept(const Chunk& chunk) const {
  return chunk.form != ChunkForm::delta || parent_chunks_.contains(chunk.base);
}

// Any thread. Returns the chunk's digest.
std::string Saver::Save::store_chunk(const std::string& content, const Base& base) {
  if (stop_.stop_requested()) throw Stopped();
  Chunk chunk;
  chunk.attempt = saver_.attempt_;
  chunk.digest = sha256(content).hex();
  chunk.size_bytes = content.size();
  if (parent_chunks_.contains(chunk.digest)) return chunk.digest;
  bool ours = false;
  crew_.alone([&] {
    const auto stored = saver_.unnamed_.find(chunk.digest);
    if (stored != saver_.unnamed_.end() && base_is_kept(stored->second)) return;
    if (stored != saver_.unnamed_.end()) saver_.unnamed_.erase(stored);
    ours = begun_.insert(chunk.digest).second;
  });
  if (!ours) return chunk.digest;
  if (adopt(chunk)) return chunk.digest;
  const std::string bytes = stored_form(chunk, content, base);
  chunk.stored_bytes = bytes.size();

  // Whoever tries again under the same name writes the same bytes.
  crew_.alone([&] { chunk.name = next_name(chunk); });
  saver_.store_.put(
      saver_.layout_.chunk(chunk.attempt, chunk.name), bytes,
      chunk.form == ChunkForm::plain ? *Sha256Digest::from_hex(chunk.digest) : sha256(bytes),
      request_deadline(saver_.clock_, bytes.size()));
  crew_.alone([&] {
    ++saver_.stored_count_[chunk.digest + ending_of(chunk)];
    uploaded_bytes_ += bytes.size();
    saver_.unnamed_.emplace(chunk.digest, chunk);
  });
  return chunk.digest;
}

// Any thread. Has the store copy what a killed attempt had stored of this content; false if there
// is nothing. A copy that comes late must not hit a chunk that was sent instead: so its name is
// used up before.
bool Saver::Save::adopt(const Chunk& chunk) {
  if (!saver_.orphans_) return false;
  const auto orphan = saver_.orphans_->find(chunk.digest);
  if (orphan == saver_.orphans_->end()) return false;
  Chunk adopted = chunk;
  adopted.form = orphan->second.form;
  adopted.stored_bytes = orphan->second.stored_bytes;
  crew_.alone([&] {
    adopted.name = next_name(adopted);
    ++saver_.stored_count_[adopted.digest + ending_of(adopted)];
  });
  const bool copied = saver_.store_.copy(
      orphan->second.key, saver_.layout_.chunk(adopted.attempt, adopted.name), adopted.stored_bytes,
      request_deadline(saver_.clock_, adopted.stored_bytes));
  if (!copied) return false;
  crew_.alone([&] { saver_.unnamed_.emplace(adopted.digest, adopted); });
  return true;
}

std::string Saver::Save::next_name(const Chunk& chunk) const {
  const auto found = saver_.stored_count_.find(chunk.digest + ending_of(chunk));
  const bool first = found == saver_.stored_count_.end() || found->second == 0;
  return chunk.digest + (first ? "" : "-" + std::to_string(found->second)) + ending_of(chunk);
}

// The chunk's index in `manifest`, which gets it, and its bases before it, if it lacks it.
std::uint32_t Saver::Save::place(const std::string& digest, Manifest& manifest) {
  if (const auto placed = places_.find(digest); placed != places_.end()) return placed->second;
  const auto known = parent_chunks_.find(digest);
  const Chunk& chunk =
      known != parent_chunks_.end() ? *known->second.chunk : saver_.unnamed_.at(digest);
  if (chunk.form == ChunkForm::delta) static_cast<void>(place(chunk.base, manifest));
  const auto index = static_cast<std::uint32_t>(manifest.chunks.size());
  manifest.chunks.push_back(chunk);
  places_.emplace(digest, index);
  return index;
}

}  // namespace holdfast
