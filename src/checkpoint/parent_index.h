// What the checkpoint before holds, by content and by path: of the next one, only what is new must
// travel. Read-only once made.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/checkpoint.h"

namespace holdfast {

// A run of bytes of a file, in the chunk with this digest.
struct ChunkPart {
  std::string digest;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

class ParentIndex {
 public:
  // A file is cut into blocks of kChunkBytes. A block is one chunk, or several if it grew.
  using Block = std::vector<const Chunk*>;

  struct Chain {
    const Chunk* chunk = nullptr;
    int deltas = 0;                 // How many have to be undone to read it.
    std::uint64_t delta_bytes = 0;  // How many bytes they have together.
  };

  // Borrows the manifest.
  explicit ParentIndex(const Manifest& manifest);

  // nullptr: the parent does not have it.
  const Chain* chunk(const std::string& digest) const;
  const Entry* file(const std::string& path) const;
  // Where a small file's content lies, unless its pack is to be given up.
  const ChunkPart* small_file(const std::string& digest) const;

  // Empty unless the file consists of whole chunks.
  std::vector<Block> blocks_of(const std::string& path) const;
  // Where the bytes of one of its files lie, in order.
  std::vector<ChunkPart> parts_of(const Entry& entry) const;

 private:
  const Manifest& manifest_;
  std::map<std::string, Chain> chunks_;        // By digest.
  std::map<std::string, const Entry*> files_;  // By path.
  std::map<std::string, ChunkPart> small_;     // By digest of the file.
};

}  // namespace holdfast
