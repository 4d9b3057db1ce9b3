#include "checkpoint/parent_index.h"

namespace holdfast {

namespace {

template <typename Map>
const typename Map::mapped_type* find_in(const Map& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

ParentIndex::ParentIndex(const Manifest& manifest) : manifest_(manifest) {
  std::vector<std::uint64_t> used(manifest.chunks.size());
  for (const Chunk& chunk : manifest.chunks) {
    Chain chain{&chunk, 0, 0};
    if (chunk.form == ChunkForm::delta) {
      const Chain& base = chunks_.at(chunk.base);
      chain.deltas = base.deltas + 1;
      chain.delta_bytes = base.delta_bytes + chunk.stored_bytes;
    }
    chunks_.emplace(chunk.digest, chain);
  }
  for (const Entry& entry : manifest.entries) {
    files_.emplace(entry.path, &entry);
    for (const Piece& piece : entry.pieces) used[piece.chunk] += piece.size_bytes;
  }
  for (const Entry& entry : manifest.entries) {
    if (entry.pieces.size() != 1 || entry.digest.empty()) continue;
    const Piece& piece = entry.pieces.front();
    const Chunk& chunk = manifest.chunks[piece.chunk];
    // A pack that holds more that is gone than what is left is given up, file by file.
    const bool mostly_gone = used[piece.chunk] < chunk.size_bytes / 2;
    if (entry.size_bytes > kPackedFileBytesMax || mostly_gone) continue;
    small_.emplace(entry.digest, ChunkPart{chunk.digest, piece.offset, piece.size_bytes});
  }
}

const ParentIndex::Chain* ParentIndex::chunk(const std::string& digest) const {
  return find_in(chunks_, digest);
}

const Entry* ParentIndex::file(const std::string& path) const {
  const Entry* const* const found = find_in(files_, path);
  return found == nullptr ? nullptr : *found;
}

const ChunkPart* ParentIndex::small_file(const std::string& digest) const {
  return find_in(small_, digest);
}

std::vector<ParentIndex::Block> ParentIndex::blocks_of(const std::string& path) const {
  std::vector<Block> blocks;
  const Entry* const entry = file(path);
  if (entry == nullptr) return blocks;
  std::uint64_t end = 0;
  for (const Piece& piece : entry->pieces) {
    const Chunk& chunk = manifest_.chunks[piece.chunk];
    if (piece.offset != 0 || piece.size_bytes != chunk.size_bytes) return {};
    blocks.resize(end / kChunkBytes + 1);
    blocks.back().push_back(&chunk);
    end += piece.size_bytes;
  }
  return blocks;
}

std::vector<ChunkPart> ParentIndex::parts_of(const Entry& entry) const {
  std::vector<ChunkPart> parts;
  for (const Piece& piece : entry.pieces) {
    parts.push_back({manifest_.chunks[piece.chunk].digest, piece.offset, piece.size_bytes});
  }
  return parts;
}

}  // namespace holdfast
