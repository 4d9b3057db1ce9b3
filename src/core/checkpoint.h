// What a checkpoint is made of: files cut into pieces, pieces kept in chunks. Pure.
//
// A chunk is an immutable object, named by the SHA-256 of its content. Large files are cut at
// kChunkBytes; small ones share a chunk. The list of the files is a tree: its leaves list entries
// and the chunks that these need, in path order; what is above lists pages, which are chunks, too.
// The topmost page is the manifest. It exists only after all that it names does; a checkpoint
// counts only once the job's log names its manifest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
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
// In place of a chunk: bytes that are zero, and kept nowhere.
constexpr std::uint32_t kHole = ~std::uint32_t{0};
// How high the tree of a manifest may be. A page has hundreds of others below it.
constexpr int kTreeHeightMax = 8;

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
  std::uint32_t chunk = 0;  // Index into Manifest::chunks, or kHole.
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;

  friend bool operator==(const Piece&, const Piece&) = default;
};

// hard_link: another name of a file that stands earlier.
enum class EntryKind { file, folder, symlink, hard_link };

struct Owner {
  std::uint32_t user = 0;
  std::uint32_t group = 0;

  friend bool operator==(const Owner&, const Owner&) = default;
};

struct Entry {
  // Relative, '/'-separated, never leaves the directory. Empty: the directory itself.
  std::string path;
  EntryKind kind = EntryKind::file;
  std::uint32_t mode = 0644;       // Permission bits.
  std::int64_t modified_ns = 0;    // Since the epoch.
  std::string target;              // symlink: what it says. hard_link: a path as above.
  std::uint64_t size_bytes = 0;    // file
  std::string digest;              // file that is packed: SHA-256 of its bytes, hexadecimal.
  std::vector<Piece> pieces = {};  // file
  // file: where in it the pieces begin. One with very many pieces is told in several entries of
  // the same path, one after the other.
  std::uint64_t offset = 0;
  std::optional<Owner> owner = {};                     // nullopt: whoever brings it back.
  std::map<std::string, std::string> attributes = {};  // Extended ones, by name.

  friend bool operator==(const Entry&, const Entry&) = default;
};

// A page of the tree, and the first path that stands in it.
struct PageRef {
  Chunk chunk;
  std::string first;
};

// A manifest, or a page of one.
struct Manifest {
  std::vector<Chunk> chunks;
  std::vector<Entry> entries;  // In path order.
  int height = 0;              // Of the tree below it: a page with entries has no pages.
  std::vector<PageRef> pages = {};
};

std::string to_json(const Manifest& manifest);

// Throws Error (corrupt) if `bytes` is no manifest and no page of one, or one whose paths leave the
// directory or whose pieces do not fit their chunks and files. What can be seen only in the order
// of all pages is TreeReader's to check.
Manifest manifest_from_json(std::string_view bytes);

// Path order: a folder stands directly before all that it holds. Negative, 0 or positive.
int compare_paths(std::string_view a, std::string_view b);

// Whether `path` is relative and stays inside: no "..", no empty segment, no leading or
// trailing '/', no zero byte.
bool stays_inside(std::string_view path);

}  // namespace holdfast
