// What a checkpoint is made of: files cut into pieces, pieces kept in chunks. Pure.
//
// A chunk is an immutable object, named by the SHA-256 of its content. Large files are cut at
// kChunkBytes; small ones share a chunk. A manifest lists both, and exists only after all its
// chunks do; a checkpoint counts only once the job's log names its manifest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/attempt.h"

namespace holdfast {

constexpr std::uint64_t kChunkBytes = 8 * 1024 * 1024;
// Files up to this size are packed together.
constexpr std::uint64_t kPackedFileBytesMax = 256 * 1024;
constexpr std::uint64_t kManifestBytesMax = 64 * 1024 * 1024;
// How many deltas may have to be undone to read a chunk.
constexpr int kDeltaChainMax = 8;
// Of how many pieces kChunkBytes of a file that grows may consist.
constexpr std::size_t kPiecesPerChunkMax = 64;

// How a chunk's object holds its content.
enum class ChunkForm {
  plain,  // As it is.
  zstd,   // One zstd frame.
  delta,  // One zstd frame that refers to the content of another chunk, its base.
};

struct Chunk {
  AttemptNumber attempt;         // Which attempt stored it.
  std::string name;              // Begins with its digest (docs/formats.md, "A manifest").
  std::string digest;            // SHA-256 of its content, hexadecimal.
  std::uint64_t size_bytes = 0;  // Of its content.
  ChunkForm form = ChunkForm::plain;
  std::uint64_t stored_bytes = 0;  // Of its object.
  std::string base;  // delta: the digest of its base, which stands earlier in the manifest.
};

// A run of bytes of a file, in order.
struct Piece {
  std::uint32_t chunk = 0;  // Index into Manifest::chunks.
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

enum class EntryKind { file, folder, symlink };

struct Entry {
  std::string path;  // Relative, '/'-separated, never leaves the directory.
  EntryKind kind = EntryKind::file;
  std::uint32_t mode = 0644;     // Permission bits.
  std::int64_t modified_ns = 0;  // Since the epoch.
  std::string target;            // symlink
  std::uint64_t size_bytes = 0;  // file
  std::string digest;            // file that is packed: SHA-256 of its bytes, hexadecimal.
  std::vector<Piece> pieces;     // file
};

struct Manifest {
  std::vector<Chunk> chunks;
  std::vector<Entry> entries;  // Sorted by path, a folder before what it holds.
};

std::string to_json(const Manifest& manifest);

// Throws Error (corrupt) if `bytes` is no manifest, or one whose paths leave the directory or
// whose pieces do not fit their chunks and files.
Manifest manifest_from_json(std::string_view bytes);

// One file of a result.
struct Output {
  std::string path;  // Relative to the output directory.
  std::uint64_t size_bytes = 0;
  std::string digest;
};

std::string to_json(const std::vector<Output>& outputs);
std::vector<Output> outputs_from_json(std::string_view bytes);

// Whether `path` is relative and stays inside: no "..", no empty segment, no leading or
// trailing '/', no zero byte.
bool stays_inside(std::string_view path);

}  // namespace holdfast
