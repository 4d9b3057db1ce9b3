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
#include "checkpoint/parent_index.h"
#include "checkpoint/snapshot_entries.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// Larger ones are stored as one zstd frame.
constexpr std::uint64_t kManifestPlainBytesMax = 64 * 1024;

class Stopped {};

// A file that becomes shorter while it is read would make a manifest that nobody can restore.
void read_whole(std::string& bytes, const fs::path& path, std::uint64_t offset,
                std::uint64_t size_bytes) {
  read_range_into(bytes, open_to_read(path), path, offset, size_bytes);
  if (bytes.size() == size_bytes) return;
  throw Error(ErrorKind::rejected, "cannot store " + path.string() + ": it changed meanwhile");
}

// Of a chunk's name: tells its form.
std::string ending_of(const Chunk& chunk) {
  if (chunk.form == ChunkForm::zstd) return ".zst";
  if (chunk.form == ChunkForm::delta) return "." + chunk.base.substr(0, 16) + ".delta";
  return {};
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
  using Part = ChunkPart;
  using Block = ParentIndex::Block;
  // A file is cut into blocks of kChunkBytes. A block is one chunk, or several if it grew.
  struct File {
    Entry entry;
    std::vector<std::vector<Part>> blocks;
  };
  // What a chunk may be told as the difference from: a chunk, and where its content lies.
  struct Base {
    const Chunk* chunk = nullptr;  // nullptr: nothing.
    fs::path file;
    std::uint64_t offset = 0;
  };

  [[nodiscard]] bool reuse(File& file) const;
  void add_large(File& file, const fs::path& path);
  void add_small(File& file, const fs::path& path);
  void flush_pack();
  std::string store_chunk(const std::string& content, const Base& base);
  [[nodiscard]] bool adopt(const Chunk& chunk);
  std::string next_name(const Chunk& chunk) const;
  // The object's bytes; nullopt: the content as it is. Sets form and base.
  std::optional<std::string> stored_form(Chunk& chunk, const std::string& content,
                                         const Base& base) const;
  std::vector<Part> store_block(const std::string& content, const Block& before,
                                const fs::path& file, std::uint64_t offset);
  std::optional<std::string> content_of(const Base& base) const;
  bool base_is_kept(const Chunk& chunk) const;
  std::uint32_t place(const std::string& digest, Manifest& manifest);

  Saver& saver_;
  const fs::path& snapshot_;
  const std::stop_token& stop_;
  const ParentIndex parent_;

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
  std::string bytes = to_json(manifest);
  if (bytes.size() > kManifestBytesMax) {
    throw Error(ErrorKind::rejected, "the checkpoint has too many files: its manifest would have " +
                                         std::to_string(bytes.size()) + " bytes");
  }
  // With very many files the list itself is what travels most.
  if (bytes.size() > kManifestPlainBytesMax) bytes = compressed(bytes).value_or(bytes);
  const Sha256Digest digest = sha256(bytes);
  store_.put(layout_.manifest(attempt_, generation, digest.hex()), bytes, digest,
             request_deadline(clock_, bytes.size()));
  newest_ = std::move(manifest);
  newest_snapshot_ = snapshot;
  orphans_ = Orphans();
  for (const Chunk& chunk : newest_.chunks) unnamed_.erase(chunk.digest);
  return SavedCheckpoint{
      {generation, attempt_, digest.hex(), save.size_bytes()}, save.uploaded_bytes(), bytes.size()};
}

Manifest Saver::Save::run() {
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

// What the snapshot shares with the one saved last has not changed: nobody writes to either.
bool Saver::Save::reuse(File& file) const {
  const fs::path& last = saver_.newest_snapshot_;
  const Entry* const before_entry = parent_.file(file.entry.path);
  if (last.empty() || last == snapshot_ || before_entry == nullptr) return false;
  struct stat now {};
  struct stat before {};
  if (::lstat((snapshot_ / file.entry.path).c_str(), &now) != 0 ||
      ::lstat((last / file.entry.path).c_str(), &before) != 0 || now.st_dev != before.st_dev ||
      now.st_ino != before.st_ino) {
    return false;
  }
  const Entry& entry = *before_entry;
  const bool packed = !entry.digest.empty() && !entry.pieces.empty();
  if (packed && parent_.small_file(entry.digest) == nullptr) return false;
  file.entry.digest = entry.digest;
  file.blocks.push_back(parent_.parts_of(entry));
  return true;
}

void Saver::Save::add_small(File& file, const fs::path& path) {
  std::string& bytes = small_;
  read_whole(bytes, path, 0, file.entry.size_bytes);
  file.entry.digest = sha256(bytes).hex();
  if (bytes.empty()) return;  // There is nothing to keep.
  if (const ChunkPart* const known = parent_.small_file(file.entry.digest)) {
    file.blocks.push_back({*known});
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
  std::vector<Block> before = parent_.blocks_of(file.entry.path);
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
    const ParentIndex::Chain& chain = *parent_.chunk(base.chunk->digest);
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
  return chunk.form != ChunkForm::delta || parent_.chunk(chunk.base) != nullptr;
}

// Any thread. Returns the chunk's digest.
std::string Saver::Save::store_chunk(const std::string& content, const Base& base) {
  if (stop_.stop_requested()) throw Stopped();
  Chunk chunk;
  chunk.attempt = saver_.attempt_;
  chunk.digest = sha256(content).hex();
  chunk.size_bytes = content.size();
  if (parent_.chunk(chunk.digest) != nullptr) return chunk.digest;
  bool ours = false;
  crew_.alone([&] {
    const auto stored = saver_.unnamed_.find(chunk.digest);
    if (stored != saver_.unnamed_.end() && base_is_kept(stored->second)) return;
    if (stored != saver_.unnamed_.end()) saver_.unnamed_.erase(stored);
    ours = begun_.insert(chunk.digest).second;
  });
  if (!ours) return chunk.digest;
  if (adopt(chunk)) return chunk.digest;
  const std::optional<std::string> form = stored_form(chunk, content, base);
  const std::string& bytes = form ? *form : content;
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
  const ParentIndex::Chain* const known = parent_.chunk(digest);
  const Chunk& chunk = known != nullptr ? *known->chunk : saver_.unnamed_.at(digest);
  if (chunk.form == ChunkForm::delta) static_cast<void>(place(chunk.base, manifest));
  const auto index = static_cast<std::uint32_t>(manifest.chunks.size());
  manifest.chunks.push_back(chunk);
  places_.emplace(digest, index);
  return index;
}

}  // namespace holdfast
