// A checkpoint as one machine keeps it while it is needed as the base of the next: the entries in a
// file of their own, the chunks in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/record_file.h"
#include "checkpoint/chunk_table.h"
#include "core/checkpoint.h"
#include "core/record.h"

namespace holdfast {

// An entry in such a file. Its pieces name chunks by their number in the table.
struct KeptEntry {
  Entry entry;
  // The file of the snapshot that it was read from; 0 if that is not there.
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

class KeptEntries {
 public:
  explicit KeptEntries(std::filesystem::path folder) : file_(std::move(folder)) {}
  void add(const KeptEntry& entry);
  std::uint64_t count() const noexcept { return file_.count(); }

  class Reader {
   public:
    explicit Reader(const KeptEntries& entries) : reader_(entries.file_) {}
    std::optional<KeptEntry> next();

   private:
    RecordFile::Reader reader_;
  };

 private:
  RecordFile file_;
};

struct KeptTree {
  CheckpointRef ref;  // Generation 0: there is none.
  KeySet keys;        // Of all that it names, the manifest included.
  std::unique_ptr<ChunkTable> chunks = std::make_unique<ChunkTable>();
  std::unique_ptr<KeptEntries> entries;  // nullptr if there is none.
};

}  // namespace holdfast
