#include "checkpoint/saver.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "base/compression.h"
#include "base/crew.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "checkpoint/snapshot_entries.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

class Stopped {};

// A file that becomes shorter while it is read would make a manifest that nobody can restore.
void read_whole(std::string& bytes, const fs::path& path, std::uint64_t offset,
                std::uint64_t size_bytes) {
  read_range_into(bytes, open_to_read(path), path, offset, size_bytes);
  if (bytes.size() == size_bytes) return;
  throw Error(ErrorKind::rejected, "cannot store " + path.string() + ": it changed meanwhile");
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
  // The object's bytes; nullopt: the content as it is. Sets form and base.
  std::optional<std::string> stored_form(Chunk& chunk, const std::string& content,
                                         const Base& base) const;
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
  std::string small_;                            // The small file that is being looked at.
  std::string pack_;                             // Bytes of small files, not yet stored.
  std::vector<File*> pack_files_;                // Whose they are.
  std::map<std::string, std::uint32_t> places_;  // Digest -> index in the manifest.

  // What follows, and the saver's unnamed_ and stored_count_, are touched by one thread at a time
  // (Crew::alone).
  std::uint64_t uploaded_bytes_ = 0;
  std::set<std::string> begun_;  // Chunks that this save stores, by digest.

  Mailbox<std::string> spare_;  // Memory of blocks that are done with, one a thread at most.

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
  for (const Chunk& chunk : newest_.chunks) unnamed_.erase(chunk.digest);
  return SavedCheckpoint{{generation, attempt_, digest.hex(), save.size_bytes()},
                         save.uploaded_bytes()};
}

Manifest Saver::Save::run() {
  index_parent();
  for (Entry& entry : entries_of(snapshot_)) {
    File& file = files_.emplace_back(File{std::move(entry), {}});
    const fs::path path = snapshot_ / file.entry.path;
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
  std::string& bytes = small_;
  read_whole(bytes, path, 0, file.entry.size_bytes);
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
      // Fresh memory costs more than reading does: what one block was read into serves the next.
      std::string content = spare_.take().value_or(std::string());
      read_whole(content, path, offset, std::min(kChunkBytes, size - offset));
      file.blocks[i] = store_block(content, block, file.entry.path, offset);
      spare_.post(std::move(content));
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

std::optional<std::string> Saver::Save::stored_form(Chunk& chunk, const std::string& content,
                                                    const Base& base) const {
  if (const auto before = content_of(base)) {
    const Chain& chain = parent_chunks_.at(base.chunk->digest);
    const std::uint64_t most = content.size() / 2;
    if (chain.deltas < kDeltaChainMax && chain.delta_bytes < most) {
      if (auto delta = delta_of(content, *before, most - chain.delta_bytes)) {
        chunk.form = ChunkForm::delta;
        chunk.base = base.chunk->digest;
        return delta;
      }
    }
  }
  if (auto frame = compressed(content)) {
    chunk.form = ChunkForm::zstd;
    return frame;
  }
  return std::nullopt;
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
  const std::optional<std::string> form = stored_form(chunk, content, base);
  const std::string& bytes = form ? *form : content;
  chunk.stored_bytes = bytes.size();

  // Whoever tries again under the same name writes the same bytes.
  std::string ending;
  if (chunk.form == ChunkForm::zstd) ending = ".zst";
  if (chunk.form == ChunkForm::delta) ending = "." + chunk.base.substr(0, 16) + ".delta";
  int count = 0;
  crew_.alone([&] { count = saver_.stored_count_[chunk.digest + ending]; });
  chunk.name = chunk.digest + (count == 0 ? "" : "-" + std::to_string(count)) + ending;
  saver_.store_.put(
      saver_.layout_.chunk(chunk.attempt, chunk.name), bytes,
      chunk.form == ChunkForm::plain ? *Sha256Digest::from_hex(chunk.digest) : sha256(bytes),
      request_deadline(saver_.clock_, bytes.size()));
  crew_.alone([&] {
    saver_.stored_count_[chunk.digest + ending] = count + 1;
    uploaded_bytes_ += bytes.size();
    saver_.unnamed_.emplace(chunk.digest, chunk);
  });
  return chunk.digest;
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
