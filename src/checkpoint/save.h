// One call of Saver::save(): for saver.cc, which goes through the files, and save_chunks.cc, which
// stores what they hold.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/mailbox.h"
#include "base/thread_pool.h"
#include "base/tree_walk.h"
#include "checkpoint/saver.h"

namespace holdfast {

// Thrown when a save is to give up.
class Stopped {};

// One call of save(). First what is new is stored, and a draft of the entries written; then, when
// it is known where everything lies, the pages that list them.
class Saver::Save final : private PageStore {
 public:
  Save(Saver& saver, const std::filesystem::path& snapshot, const std::stop_token& stop)
      : saver_(saver),
        chunks_(*saver.newest_.chunks),
        snapshot_(snapshot),
        stop_(stop),
        draft_(snapshot.parent_path()),
        entries_(std::make_unique<KeptEntries>(snapshot.parent_path())),
        pool_(saver.width_, /*background=*/true) {}

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
    std::filesystem::path file;
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
                                 const std::filesystem::path& file, std::uint64_t offset);
  std::optional<std::string> content_of(const Base& base) const;
  void resolve(Entry& entry) const;

  void store(std::string content, Chunk& where) override;
  void settle() override;

  Saver& saver_;
  ChunkTable& chunks_;
  const std::filesystem::path& snapshot_;
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
  // (ThreadPool::alone).
  std::uint64_t uploaded_bytes_ = 0;
  std::map<std::string, Number> begun_;  // Chunks that this save stores, by digest.

  Mailbox<std::string> spare_;  // Memory of blocks that are done with, one a thread at most.

  ThreadPool pool_;  // Last: ends before what it works on.
};

}  // namespace holdfast
