#include "checkpoint/restorer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/packed.h"
#include "base/thread_pool.h"
#include "base/tree_walk.h"
#include "checkpoint/file_attributes.h"
#include "checkpoint/holes.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// A chunk with more pieces than this is read again: their list would take too much memory.
constexpr std::size_t kTargetsMax = 64 * 1024;
constexpr std::uint64_t kForeignCheckpointBytesMax = 64 * 1024 * 1024;

[[noreturn]] void throw_incomplete(const std::string& path) {
  throw Error(ErrorKind::corrupt,
              "its list is damaged: the pieces of " + path + " do not make up the file");
}

// The parts of a file that is told in several entries become one.
class EntryJoiner {
 public:
  explicit EntryJoiner(KeptEntries& to) : to_(to) {}

  void add(Entry entry) {
    if (entry.offset > 0 && begun_) {
      whole_.pieces.insert(whole_.pieces.end(), entry.pieces.begin(), entry.pieces.end());
      return;
    }
    finish();
    whole_ = std::move(entry);
    begun_ = true;
  }
  void finish() {
    if (!std::exchange(begun_, false)) return;
    std::uint64_t bytes = 0;
    for (const Piece& piece : whole_.pieces) bytes += piece.size_bytes;
    if (bytes != whole_.size_bytes) throw_incomplete(whole_.path);
    to_.add({std::move(whole_)});
  }

 private:
  KeptEntries& to_;
  bool begun_ = false;
  Entry whole_;
};

FileDescriptor create_file(int folder, const std::string& name, std::uint64_t size_bytes,
                           const fs::path& shown) {
  FileDescriptor file(
      ::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.open()) throw_system_error("create", shown);
  if (::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0) {
    throw_system_error("set the size of", shown);
  }
  return file;
}

// Links, and then modes and times: writing changes times, a mode may forbid writing, and no file
// is ever written through a link. A folder is complete when all that it holds is.
class Finisher {
 public:
  explicit Finisher(const fs::path& directory)
      : directory_(directory), cursor_(directory), targets_(directory) {}

  void finish(const Entry& entry) {
    leave_folders(&entry);
    if (entry.kind == EntryKind::folder) {
      folders_.push_back(entry);
      return;
    }
    const auto [folder, name] = cursor_.place_of(entry.path);
    if (entry.kind == EntryKind::hard_link) {
      const auto target = targets_.place_of(entry.target);
      if (::linkat(target.folder, target.name.c_str(), folder, name.c_str(), 0) != 0) {
        throw_system_error("create the link", directory_ / entry.path);
      }
      return;  // The file has its attributes.
    }
    if (entry.kind == EntryKind::symlink &&
        ::symlinkat(entry.target.c_str(), folder, name.c_str()) != 0) {
      throw_system_error("create the link", directory_ / entry.path);
    }
    set_attributes(folder, name, entry, directory_ / entry.path);
  }

  // Those that do not hold `entry`; nullptr: all.
  void leave_folders(const Entry* entry) {
    while (!folders_.empty()) {
      const Entry& folder = folders_.back();
      const bool inside =
          entry != nullptr && (folder.path.empty() || (entry->path.starts_with(folder.path) &&
                                                       entry->path[folder.path.size()] == '/'));
      if (inside) return;
      if (folder.path.empty()) {
        set_attributes(AT_FDCWD, directory_.string(), folder, directory_);
      } else {
        const auto [parent, name] = cursor_.place_of(folder.path);
        set_attributes(parent, name, folder, directory_ / folder.path);
      }
      folders_.pop_back();
    }
  }

 private:
  const fs::path& directory_;
  FolderCursor cursor_;
  FolderCursor targets_;
  std::vector<Entry> folders_;
};

}  // namespace

Restorer::Restorer(Store& store, const Clock& clock, const StoreLayout& layout, int width)
    : store_(store),
      clock_(clock),
      layout_(layout),
      width_(width),
      reader_(store, clock, layout, width) {}

std::optional<KeptTree> Restorer::restore(const std::vector<CheckpointRef>& checkpoints,
                                          const fs::path& directory, const std::stop_token& stop) {
  std::string damages;
  make_folders(directory.parent_path());
  for (const CheckpointRef& ref : checkpoints) {
    try {
      KeptTree tree = read(ref, directory.parent_path());
      make_empty(directory);
      if (!bring(tree, directory, stop)) return std::nullopt;
      return tree;
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

KeptTree Restorer::read(const CheckpointRef& ref, const fs::path& folder) {
  KeptTree tree;
  tree.ref = ref;
  tree.entries = std::make_unique<KeptEntries>(folder);
  ChunkTable& chunks = *tree.chunks;
  const auto note = [&](const Chunk& chunk) {
    tree.keys.add(layout_.chunk(chunk.attempt, chunk.name));
    const ChunkTable::Number number = chunks.add(chunk);
    chunks.use(number, 0);
    return number;
  };
  const TreeReader::Load load = reader_.load_pages();
  TreeReader pages(reader_.manifest(ref), [&](const std::vector<Chunk>& some) {
    for (const Chunk& page : some) note(page);
    return load(some);
  });
  EntryJoiner entries(*tree.entries);
  while (auto page = pages.next()) {
    std::vector<ChunkTable::Number> numbers;
    for (const Chunk& chunk : page->chunks) numbers.push_back(note(chunk));
    for (Entry& entry : page->entries) {
      for (Piece& piece : entry.pieces) {
        if (piece.chunk == kHole) continue;
        piece.chunk = numbers[piece.chunk];
        chunks.use(piece.chunk, piece.size_bytes);
      }
      entries.add(std::move(entry));
    }
  }
  entries.finish();
  chunks.name_what_is_used();
  tree.keys.add(layout_.manifest(ref.attempt, ref.generation, ref.manifest_digest));
  return tree;
}

bool Restorer::bring(const KeptTree& tree, const fs::path& directory, const std::stop_token& stop) {
  // Which pieces lie in which chunk, so that each chunk is read once: by chunk, then by path.
  RecordSorter pieces(directory.parent_path());
  {
    FolderCursor cursor(directory);
    KeptEntries::Reader reader(*tree.entries);
    while (const auto kept = reader.next()) {
      const Entry& entry = kept->entry;
      const bool made_later = entry.kind != EntryKind::folder && entry.kind != EntryKind::file;
      if (entry.path.empty() || made_later) continue;
      const auto [folder, name] = cursor.place_of(entry.path);
      if (entry.kind == EntryKind::folder) {
        if (::mkdirat(folder, name.c_str(), 0700) != 0) {
          throw_system_error("create", directory / entry.path);
        }
        continue;
      }
      create_file(folder, name, entry.size_bytes, directory / entry.path);
      std::uint64_t offset = 0;
      for (const Piece& piece : entry.pieces) {
        if (piece.chunk != kHole) {
          Packer record;
          record.ordered(piece.chunk);
          record.name(entry.path);
          record.number(offset);
          record.number(piece.offset);
          record.number(piece.size_bytes);
          pieces.add(record.bytes());
        }
        offset += piece.size_bytes;
      }
    }
  }
  if (!write_content(tree, pieces, directory, stop)) return false;
  Finisher finisher(directory);
  KeptEntries::Reader reader(*tree.entries);
  while (const auto kept = reader.next()) finisher.finish(kept->entry);
  finisher.leave_folders(nullptr);
  return true;
}

bool Restorer::write_content(const KeptTree& tree, RecordSorter& pieces, const fs::path& directory,
                             const std::stop_token& stop) {
  struct Target {
    std::string path;
    std::uint64_t file_offset;
    std::uint64_t offset;
    std::uint64_t size_bytes;
  };
  const ChunkTable& chunks = *tree.chunks;
  const auto base_of = [&](const std::string& digest) {
    return chunks.at(*chunks.find(digest)).chunk;
  };
  ThreadPool pool(width_, /*background=*/false);
  std::vector<Target> targets;
  ChunkTable::Number number = 0;
  const auto write = [&] {
    pool.give([&, chunk = chunks.at(number).chunk, targets = std::exchange(targets, {})] {
      const std::string content = reader_.chunk(chunk, base_of);
      FolderCursor cursor(directory);
      for (const Target& target : targets) {
        const std::string_view bytes =
            std::string_view(content).substr(target.offset, target.size_bytes);
        if (all_zero(bytes)) continue;  // Left as the hole that they may have been.
        const auto [folder, name] = cursor.place_of(target.path);
        const FileDescriptor file(
            ::openat(folder, name.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file.open()) throw_system_error("write", directory / target.path);
        write_range(file, directory / target.path, target.file_offset, bytes);
      }
    });
  };
  while (const auto bytes = pieces.next()) {
    if (stop.stop_requested()) return false;
    Unpacker record(*bytes);
    const ChunkTable::Number next = record.ordered();
    if (!targets.empty() && (next != number || targets.size() == kTargetsMax)) write();
    number = next;
    Target target;
    target.path = record.name();
    target.file_offset = record.number<std::uint64_t>();
    target.offset = record.number<std::uint64_t>();
    target.size_bytes = record.number<std::uint64_t>();
    targets.push_back(std::move(target));
  }
  if (!targets.empty()) write();
  if (stop.stop_requested()) return false;
  pool.finish();
  return true;
}

bool Restorer::verify(const CheckpointRef& ref, const std::stop_token& stop) {
  const KeptTree tree = read(ref, temporary_folder());
  const ChunkTable& chunks = *tree.chunks;
  const auto base_of = [&](const std::string& digest) {
    return chunks.at(*chunks.find(digest)).chunk;
  };
  ThreadPool pool(width_, /*background=*/false);
  for (const ChunkTable::Number number : chunks.numbers()) {
    if (stop.stop_requested()) return false;
    pool.give([&, number] { static_cast<void>(reader_.chunk(chunks.at(number).chunk, base_of)); });
  }
  pool.finish();
  return true;
}

bool Restorer::adopt(const std::string& name, const fs::path& directory) {
  const auto bytes = store_.get(layout_.foreign_checkpoint(name), kForeignCheckpointBytesMax,
                                request_deadline(clock_, kChunkBytes));
  if (!bytes) return false;
  make_empty(directory);
  FolderCursor cursor(directory);
  const fs::path path = directory / name;
  write_range(create_file(cursor.at({}), name, bytes->size(), path), path, 0, *bytes);
  return true;
}

}  // namespace holdfast
