#include "checkpoint/saver.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "base/compression.h"
#include "base/crew.h"
#include "base/file.h"
#include "base/mailbox.h"
#include "base/tree_walk.h"
#include "checkpoint/file_attributes.h"
#include "checkpoint/holes.h"
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

class Stopped {};

// A file that becomes shorter while it is read would make a manifest that nobody can restore.
void read_whole(std::string& bytes, const FileDescriptor& file, const fs::path& path,
                std::uint64_t offset, std::uint64_t size_bytes) {
  read_range_into(bytes, file, path, offset, size_bytes);
  if (bytes.size() == size_bytes) return;
  throw Error(ErrorKind::rejected, "cannot store " + path.string() + ": it changed meanwhile");
}

// Of a chunk's name: tells its form.
std::string ending_of(const Chunk& chunk) {
  if (chunk.form == ChunkForm::zstd) return ".zst";
  if (chunk.form == ChunkForm::delta) return "." + chunk.base.substr(0, 16) + ".delta";
  return {};
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

// One call of save(). First what is new is stored, and a draft of the entries written; then, when
// it is known where everything lies, the pages that list them.
class Saver::Save final : private PageStore {
 public:
  Save(Saver& saver, const fs::path& snapshot, const std::stop_token& stop)
      : saver_(saver),
        chunks_(*saver.newest_.chunks),
        snapshot_(snapshot),
        stop_(stop),
        draft_(snapshot.parent_path()),
        entries_(std::make_unique<KeptEntries>(snapshot.parent_path())),
        crew_(saver.width_, /*background=*/true) {}

  // Stores every chunk that is not there yet. Throws Stopped.
  void store_content();
  // Whether the checkpoint before holds the same. After that the entries are complete.
  [[nodiscard]] bool unchanged();
  // Stores every page that is not there yet, and returns the topmost one.
  std::string store_pages();

  std::unique_ptr<KeptEntries> take_entries() { return std::move(entries_); }
  std::uint64_t size_bytes() const { return size_bytes_; }
  std::uint64_t content_bytes() const { return content_bytes_; }
  std::uint64_t page_bytes() const { return uploaded_bytes_ - content_bytes_; }

 private:
  using Number = ChunkTable::Number;
  // A file is cut into blocks of kChunkBytes. A block is one chunk, or several if it grew; none if
  // it is a hole.
  using Block = std::vector<Number>;
  struct LargeFile {
    std::vector<std::vector<Piece>> blocks;
    std::vector<Piece> before;  // What it consisted of.
  };
  // What a chunk may be told as the difference from: a chunk, and where its content lies.
  struct Base {
    std::optional<Number> chunk;  // nullopt: nothing.
    fs::path file;
    std::uint64_t offset = 0;
  };
  struct Page {
    Number chunk = 0;
    std::uint64_t size_bytes = 0;
    Chunk* where = nullptr;  // To be told.
  };
  // A small file of the checkpoint before.
  struct Moved {
    Sha256Digest digest;
    Piece piece;
  };

  void add(const TreeWalk::Item& item);
  const KeptEntry* before_at(const std::string& path);
  [[nodiscard]] bool shared_with_last(const KeptEntry& before, const struct stat& status) const;
  [[nodiscard]] bool is_hard_link(const struct stat& status, Entry& entry);
  void add_small(const FileDescriptor& file, Entry& entry, const Entry* before);
  void add_large(FileDescriptor file, Entry& entry, const Entry* before);
  [[nodiscard]] bool mostly_gone(const std::vector<Piece>& pieces) const;
  std::optional<Piece> moved_file(const Sha256Digest& digest);
  std::vector<Block> blocks_of(const Entry& entry) const;
  void flush_pack();
  void look_for_orphans();
  Number store_chunk(const std::string& content, const Base& base);
  std::optional<Number> known(const std::string& digest);
  [[nodiscard]] bool adopt(const Chunk& chunk);
  std::string next_name(const Chunk& chunk) const;
  // The object's bytes; nullopt: the content as it is. Sets form and base.
  std::optional<std::string> stored_form(Chunk& chunk, const std::string& content,
                                         const Base& base) const;
  std::vector<Piece> store_block(const std::string& content, const Block& before,
                                 const fs::path& file, std::uint64_t offset);
  std::optional<std::string> content_of(const Base& base) const;
  void resolve(Entry& entry) const;

  void store(std::string content, Chunk& where) override;
  void settle() override;

  Saver& saver_;
  ChunkTable& chunks_;
  const fs::path& snapshot_;
  const std::stop_token& stop_;

  std::optional<KeptEntries::Reader> before_reader_;
  std::optional<KeptEntry> before_;  // Of the checkpoint before: where the walk is, or behind it.
  bool last_is_there_ = false;       // The snapshot saved last.
  bool differs_ = false;
  KeptEntries draft_;
  std::unique_ptr<KeptEntries> entries_;
  std::deque<LargeFile> large_;  // Stay where they are while more are added.
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // First paths of files with several.
  std::uint64_t size_bytes_ = 0;
  std::string small_;                 // The small file that is being looked at.
  std::string pack_;                  // Bytes of small files, not yet stored.
  std::size_t pack_files_ = 0;        // How many they are.
  std::optional<Number> pack_chunk_;  // What they will be.
  std::optional<std::vector<Moved>> moved_;
  std::uint64_t content_bytes_ = 0;
  std::deque<Page> pages_;  // Under way.

  // What follows, and the saver's stored_count_, are touched by one thread at a time
  // (Crew::alone).
  std::uint64_t uploaded_bytes_ = 0;
  std::map<std::string, Number> begun_;  // Chunks that this save stores, by digest.

  Mailbox<std::string> spare_;  // Memory of blocks that are done with, one a thread at most.

  Crew crew_;  // Last: ends before what it works on.
};

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
  crew_.finish();
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
  crew_.give([this, content = std::exchange(pack_, {}),
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
    crew_.give([this, shared, path = entry.path, length, offset, &block = large.blocks[i],
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

// `before`: what the block was in the parent. As long as it only grew, what is new is enough.
std::vector<Piece> Saver::Save::store_block(const std::string& content, const Block& before,
                                            const fs::path& file, std::uint64_t offset) {
  if (all_zero(content)) return {{kHole, 0, content.size()}};
  std::vector<Piece> pieces;
  std::size_t known = 0;
  for (const Number number : before) {
    const Chunk chunk = chunks_.at(number).chunk;
    const std::string_view bytes = std::string_view(content).substr(known, chunk.size_bytes);
    if (sha256(bytes).hex() != chunk.digest) break;
    pieces.push_back({number, 0, chunk.size_bytes});
    known += chunk.size_bytes;
  }
  if (pieces.size() == before.size() && known == content.size()) return pieces;
  const bool grew = pieces.size() == before.size() && !before.empty();
  if (grew && pieces.size() < kPiecesPerChunkMax) {
    const std::string tail = content.substr(known);
    pieces.push_back({store_chunk(tail, {}), 0, tail.size()});
    return pieces;
  }
  Base base;
  if (before.size() == 1 && last_is_there_) {
    base = {before.front(), saver_.newest_snapshot_ / file, offset};
  }
  return {{store_chunk(content, base), 0, content.size()}};
}

std::optional<std::string> Saver::Save::content_of(const Base& base) const {
  if (!base.chunk) return std::nullopt;
  try {
    const Chunk chunk = chunks_.at(*base.chunk).chunk;
    std::string content =
        read_range(open_to_read(base.file), base.file, base.offset, chunk.size_bytes);
    // A delta from anything else could never be undone.
    if (sha256(content).hex() == chunk.digest) return content;
  } catch (const Error&) {
    // The snapshot is gone, as the worker may need its space.
  }
  return std::nullopt;
}

std::optional<std::string> Saver::Save::stored_form(Chunk& chunk, const std::string& content,
                                                    const Base& base) const {
  if (const auto before = content_of(base)) {
    const ChunkTable::Known chain = chunks_.at(*base.chunk);
    const std::uint64_t most = content.size() / 2;
    if (chain.deltas < kDeltaChainMax && chain.delta_bytes < most) {
      if (auto delta = delta_of(content, *before, most - chain.delta_bytes)) {
        chunk.form = ChunkForm::delta;
        chunk.base = chain.chunk.digest;
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

// A chunk that is stored. One that a failed save left behind is of no use without its base, which
// the checkpoint before may have let go.
std::optional<Saver::Save::Number> Saver::Save::known(const std::string& digest) {
  const auto number = chunks_.find(digest);
  if (!number) return std::nullopt;
  const ChunkTable::Known chunk = chunks_.at(*number);
  if (chunk.named || chunk.chunk.form != ChunkForm::delta) return number;
  const auto base = chunks_.find(chunk.chunk.base);
  if (base && chunks_.at(*base).named) return number;
  chunks_.forget(*number);
  return std::nullopt;
}

// Before the first work is given that may store something.
void Saver::Save::look_for_orphans() {
  if (saver_.orphans_ || saver_.attempt_.value <= 1) return;
  saver_.orphans_ =
      find_orphans(saver_.store_, saver_.clock_, saver_.layout_, saver_.attempt_, stop_);
}

// Any thread.
Saver::Save::Number Saver::Save::store_chunk(const std::string& content, const Base& base) {
  if (stop_.stop_requested()) throw Stopped();
  Chunk chunk;
  chunk.attempt = saver_.attempt_;
  chunk.digest = sha256(content).hex();
  chunk.size_bytes = content.size();
  std::optional<Number> number;
  bool ours = false;
  crew_.alone([&] {
    const auto begun = begun_.find(chunk.digest);
    if (begun != begun_.end()) {
      number = begun->second;
      return;
    }
    number = known(chunk.digest);
    if (number) return;
    ours = true;
    number = begun_.emplace(chunk.digest, chunks_.reserve()).first->second;
  });
  if (!ours) return *number;
  if (adopt(chunk)) return *number;
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
    chunks_.set(*number, chunks_.add(chunk));
  });
  return *number;
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
  crew_.alone([&] { chunks_.set(begun_.at(adopted.digest), chunks_.add(adopted)); });
  return true;
}

std::string Saver::Save::next_name(const Chunk& chunk) const {
  const auto found = saver_.stored_count_.find(chunk.digest + ending_of(chunk));
  const bool first = found == saver_.stored_count_.end() || found->second == 0;
  return chunk.digest + (first ? "" : "-" + std::to_string(found->second)) + ending_of(chunk);
}

// --- Pages ---

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
  crew_.give(
      [this, content = std::move(content), &page] { page.chunk = store_chunk(content, {}); });
}

void Saver::Save::settle() {
  crew_.finish();
  for (const Page& page : pages_) {
    chunks_.use(page.chunk, page.size_bytes);
    *page.where = chunks_.at(page.chunk).chunk;
  }
  pages_.clear();
}

}  // namespace holdfast
