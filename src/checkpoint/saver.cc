#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/compression.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/thread_pool.h"
#include "base/tree_walk.h"
#include "checkpoint/file_attributes.h"
#include "checkpoint/holes.h"
#include "checkpoint/save.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// Larger ones are stored as one zstd frame.
constexpr std::uint64_t kManifestPlainBytesMax = 64 * 1024;
// Of how many small files a pack may consist.
constexpr std::size_t kPackedFilesMax = 16 * 1024;
// So many small files of the checkpoint before are looked for by what they hold, wherever they
// stood; of more, what was moved is sent again. 48 bytes each.
constexpr std::size_t kMovedFilesMax = 256 * 1024;
// In a draft, in place of a chunk: `offset` is the number of a large file whose blocks are not all
// stored yet.
constexpr std::uint32_t kLate = kHole - 1;

// A file that becomes shorter while it is read would make a manifest that nobody can restore.
void read_whole(std::string& bytes, const FileDescriptor& file, const fs::path& path,
                std::uint64_t offset, std::uint64_t size_bytes) {
  read_range_into(bytes, file, path, offset, size_bytes);
  if (bytes.size() == size_bytes) return;
  throw Error(ErrorKind::rejected, "cannot store " + path.string() + ": it changed meanwhile");
}

// Adds a piece; holes that meet become one.
void append(std::vector<Piece>& pieces, const Piece& piece) {
  if (piece.chunk == kHole && !pieces.empty() && pieces.back().chunk == kHole) {
    pieces.back().size_bytes += piece.size_bytes;
  } else if (piece.size_bytes > 0) {
    pieces.push_back(piece);
  }
}

}  // namespace

Saver::Saver(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
             KeptTree parent, int width, PageLimits limits)
    : store_(store),
      clock_(clock),
      layout_(layout),
      attempt_(attempt),
      newest_(std::move(parent)),
      width_(width),
      limits_(limits) {}

std::optional<SavedCheckpoint> Saver::save(const fs::path& snapshot, Generation generation,
                                           const std::stop_token& stop) {
  SavedCheckpoint saved;
  try {
    Save save(*this, snapshot, stop);
    save.store_content();
    const bool same = save.unchanged();
    // Not if a later one was damaged and stepped over: it is to be replaced.
    const std::uint64_t before = newest_.ref.generation.value;
    if (same && (before == generation.value || before + 1 == generation.value)) {
      saved = {newest_.ref, 0, 0, true};
      newest_.chunks->give_up_use();
    } else {
      std::string bytes = save.store_pages();
      if (bytes.size() > kManifestPlainBytesMax) bytes = compressed(bytes).value_or(bytes);
      const Sha256Digest digest = sha256(bytes);
      store_.put(layout_.manifest(attempt_, generation, digest.hex()), bytes, digest,
                 request_deadline(clock_, bytes.size()));
      newest_.chunks->name_what_is_used();
      newest_.keys = newest_.chunks->named_keys(layout_);
      newest_.keys.add(layout_.manifest(attempt_, generation, digest.hex()));
      newest_.ref = {generation, attempt_, digest.hex(), save.size_bytes()};
      orphans_ = Orphans();
      saved = {newest_.ref, save.content_bytes(), save.page_bytes() + bytes.size(), false};
    }
    newest_.entries = save.take_entries();
    newest_snapshot_ = snapshot;
    return saved;
  } catch (const Stopped&) {
    newest_.chunks->give_up_use();
    return std::nullopt;
  } catch (...) {
    newest_.chunks->give_up_use();
    throw;
  }
}

void Saver::Save::store_content() {
  if (saver_.newest_.entries) {
    before_reader_.emplace(*saver_.newest_.entries);
    before_ = before_reader_->next();
  }
  std::error_code unknown;
  // One that is given up is renamed first, so what is there is there whole.
  last_is_there_ = !saver_.newest_snapshot_.empty() && saver_.newest_snapshot_ != snapshot_ &&
                   fs::exists(saver_.newest_snapshot_, unknown);
  TreeWalk walk(snapshot_, snapshot_.parent_path());
  while (const TreeWalk::Item* item = walk.next()) {
    if (stop_.stop_requested()) throw Stopped();
    if (item->moment == TreeWalk::Moment::gone) {
      throw Error(ErrorKind::rejected,
                  "cannot store " + (snapshot_ / item->path).string() + ": it changed meanwhile");
    }
    if (item->moment == TreeWalk::Moment::entry) add(*item);
  }
  if (before_) differs_ = true;
  flush_pack();
  pool_.finish();
  content_bytes_ = uploaded_bytes_;
}

const KeptEntry* Saver::Save::before_at(const std::string& path) {
  while (before_ && compare_paths(before_->entry.path, path) < 0) {
    differs_ = true;
    before_ = before_reader_->next();
  }
  return before_ && before_->entry.path == path ? &*before_ : nullptr;
}

void Saver::Save::add(const TreeWalk::Item& item) {
  // The task's own directory may hold pipes and sockets, which would block or fail for ever.
  const mode_t type = item.status.st_mode & S_IFMT;
  if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK) return;
  const KeptEntry* const before = before_at(item.path);
  KeptEntry kept;
  if (type == S_IFREG && before != nullptr && shared_with_last(*before, item.status)) {
    kept = *before;
    size_bytes_ += kept.entry.size_bytes;
  } else {
    const bool itself = item.path.empty();
    kept.entry = entry_for(item.folder, itself ? snapshot_.string() : item.name, item.status,
                           item.path, snapshot_ / item.path);
    if (itself) kept.entry.modified_ns = 0;  // Every file that comes or goes changes it.
    if (type == S_IFREG && !is_hard_link(item.status, kept.entry)) {
      Entry& entry = kept.entry;
      size_bytes_ += entry.size_bytes;
      FileDescriptor file(
          ::openat(item.folder, item.name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
      if (!file.open()) throw_system_error("read", snapshot_ / item.path);
      const Entry* const same = before == nullptr ? nullptr : &before->entry;
      if (entry.size_bytes > kPackedFileBytesMax) {
        add_large(std::move(file), entry, same);
      } else {
        add_small(file, entry, same);
      }
    }
    if (type == S_IFREG) {
      kept.device = item.status.st_dev;
      kept.inode = item.status.st_ino;
    }
    const bool late = !kept.entry.pieces.empty() && kept.entry.pieces.front().chunk == kLate;
    if (before == nullptr) {
      differs_ = true;
    } else if (late) {
      std::vector<Piece> pieces = std::exchange(kept.entry.pieces, before->entry.pieces);
      if (kept.entry != before->entry) differs_ = true;
      kept.entry.pieces = std::move(pieces);
    } else if (kept.entry != before->entry) {
      differs_ = true;
    }
  }
  if (before != nullptr) before_ = before_reader_->next();
  draft_.add(kept);
}

// What the snapshot shares with the one saved last has not changed: nobody writes to either.
bool Saver::Save::shared_with_last(const KeptEntry& before, const struct stat& status) const {
  return last_is_there_ && before.inode == status.st_ino && before.device == status.st_dev &&
         before.entry.modified_ns == nanoseconds_of(status.st_mtim) &&
         !mostly_gone(before.entry.pieces);
}

// Several names of one file in one snapshot. What is shared with another snapshot has several, too.
bool Saver::Save::is_hard_link(const struct stat& status, Entry& entry) {
  if (status.st_nlink < 2) return false;
  const auto [first, added] =
      linked_.try_emplace(std::pair(status.st_dev, status.st_ino), entry.path);
  if (added) return false;
  entry.kind = EntryKind::hard_link;
  entry.target = first->second;
  entry.size_bytes = 0;
  return true;
}

// A pack that holds more that is gone than what is left is given up, file by file.
bool Saver::Save::mostly_gone(const std::vector<Piece>& pieces) const {
  if (pieces.size() != 1 || pieces.front().chunk >= kLate) return false;
  const ChunkTable::Known chunk = chunks_.at(pieces.front().chunk);
  const bool packed = pieces.front().size_bytes < chunk.chunk.size_bytes;
  return packed && chunk.used_bytes < chunk.chunk.size_bytes / 2;
}

void Saver::Save::add_small(const FileDescriptor& file, Entry& entry, const Entry* before) {
  std::string& bytes = small_;
  read_whole(bytes, file, snapshot_ / entry.path, 0, entry.size_bytes);
  const Sha256Digest digest = sha256(bytes);
  entry.digest = digest.hex();
  if (bytes.empty()) return;  // There is nothing to keep.
  if (before != nullptr && before->digest == entry.digest && !mostly_gone(before->pieces)) {
    entry.pieces = before->pieces;
    return;
  }
  if (all_zero(bytes)) {
    entry.pieces = {{kHole, 0, bytes.size()}};
    return;
  }
  if (const auto moved = moved_file(digest)) {
    entry.pieces = {*moved};
    return;
  }
  if (pack_.size() + bytes.size() > kChunkBytes || pack_files_ == kPackedFilesMax) flush_pack();
  if (!pack_chunk_) pack_chunk_ = chunks_.reserve();
  entry.pieces = {{*pack_chunk_, pack_.size(), bytes.size()}};
  pack_ += bytes;
  pack_files_ += 1;
}

std::optional<Piece> Saver::Save::moved_file(const Sha256Digest& digest) {
  const auto less = [](const Moved& a, const Moved& b) { return a.digest < b.digest; };
  if (!moved_) {  // Nobody asks for it where nothing changed.
    moved_.emplace();
    if (saver_.newest_.entries) {
      KeptEntries::Reader reader(*saver_.newest_.entries);
      while (const auto kept = reader.next()) {
        const Entry& entry = kept->entry;
        if (entry.digest.empty() || entry.pieces.size() != 1 || mostly_gone(entry.pieces)) continue;
        if (moved_->size() == kMovedFilesMax) break;
        moved_->push_back({*Sha256Digest::from_hex(entry.digest), entry.pieces.front()});
      }
    }
    std::sort(moved_->begin(), moved_->end(), less);
  }
  const auto found = std::lower_bound(moved_->begin(), moved_->end(), Moved{digest, {}}, less);
  if (found == moved_->end() || found->digest != digest) return std::nullopt;
  return found->piece;
}

void Saver::Save::flush_pack() {
  if (pack_.empty()) return;
  look_for_orphans();
  pack_files_ = 0;
  pool_.give([this, content = std::exchange(pack_, {}),
              number = *std::exchange(pack_chunk_, std::nullopt)] {
    chunks_.set(number, store_chunk(content, {}));
  });
}

// Empty unless the file consisted of whole chunks.
std::vector<Saver::Save::Block> Saver::Save::blocks_of(const Entry& entry) const {
  std::vector<Block> blocks;
  std::uint64_t end = 0;
  for (const Piece& piece : entry.pieces) {
    if (piece.chunk != kHole) {
      if (piece.offset != 0 || piece.size_bytes != chunks_.at(piece.chunk).chunk.size_bytes) {
        return {};
      }
      blocks.resize(end / kChunkBytes + 1);
      blocks.back().push_back(piece.chunk);
    }
    end += piece.size_bytes;
  }
  return blocks;
}

void Saver::Save::add_large(FileDescriptor file, Entry& entry, const Entry* before) {
  look_for_orphans();
  const std::uint64_t size = entry.size_bytes;
  std::vector<Block> blocks_before;
  LargeFile& large = large_.emplace_back();
  if (before != nullptr) {
    large.before = before->pieces;
    blocks_before = blocks_of(*before);
  }
  large.blocks.resize((size + kChunkBytes - 1) / kChunkBytes);
  blocks_before.resize(large.blocks.size());
  entry.pieces = {{kLate, large_.size() - 1, size}};

  const auto shared = std::make_shared<FileDescriptor>(std::move(file));
  const HoleFinder holes(*shared);
  for (std::size_t i = 0; i < large.blocks.size(); ++i) {
    const std::uint64_t offset = i * kChunkBytes;
    const std::uint64_t length = std::min(kChunkBytes, size - offset);
    if (holes.next_data(offset) >= offset + length) {
      large.blocks[i] = {{kHole, 0, length}};
      continue;
    }
    pool_.give([this, shared, path = entry.path, length, offset, &block = large.blocks[i],
                block_before = std::move(blocks_before[i])] {
      if (stop_.stop_requested()) throw Stopped();
      // Fresh memory costs more than reading does: what one block was read into serves the next.
      std::string content = spare_.take().value_or(std::string());
      read_whole(content, *shared, snapshot_ / path, offset, length);
      block = store_block(content, block_before, path, offset);
      spare_.post(std::move(content));
    });
  }
}

// Where all pieces lie is known now.
void Saver::Save::resolve(Entry& entry) const {
  if (!entry.pieces.empty() && entry.pieces.front().chunk == kLate) {
    const LargeFile& large = large_[entry.pieces.front().offset];
    entry.pieces.clear();
    for (const std::vector<Piece>& block : large.blocks) {
      for (const Piece& piece : block) append(entry.pieces, piece);
    }
  }
  for (Piece& piece : entry.pieces) {
    if (piece.chunk != kHole) piece.chunk = chunks_.canonical(piece.chunk);
  }
}

bool Saver::Save::unchanged() {
  KeptEntries::Reader reader(draft_);
  while (auto kept = reader.next()) {
    const bool late = !kept->entry.pieces.empty() && kept->entry.pieces.front().chunk == kLate;
    const std::size_t file = late ? kept->entry.pieces.front().offset : 0;
    resolve(kept->entry);
    if (late && large_[file].before != kept->entry.pieces) differs_ = true;
    entries_->add(*kept);
  }
  large_.clear();
  return !differs_;
}

std::string Saver::Save::store_pages() {
  look_for_orphans();
  chunks_.begin_use();
  TreeWriter writer(*this,
                    {[this](Number number) { return chunks_.at(number).chunk; },
                     [this](const std::string& digest) { return *chunks_.find(digest); }},
                    saver_.limits_);
  KeptEntries::Reader reader(*entries_);
  while (const auto kept = reader.next()) {
    if (stop_.stop_requested()) throw Stopped();
    for (const Piece& piece : kept->entry.pieces) {
      if (piece.chunk != kHole) chunks_.use(piece.chunk, piece.size_bytes);
    }
    writer.add(kept->entry);
  }
  return writer.finish();
}

void Saver::Save::store(std::string content, Chunk& where) {
  Page& page = pages_.emplace_back(Page{0, content.size(), &where});
  pool_.give(
      [this, content = std::move(content), &page] { page.chunk = store_chunk(content, {}); });
}

void Saver::Save::settle() {
  pool_.finish();
  for (const Page& page : pages_) {
    chunks_.use(page.chunk, page.size_bytes);
    *page.where = chunks_.at(page.chunk).chunk;
  }
  pages_.clear();
}

}  // namespace holdfast
