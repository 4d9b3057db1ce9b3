// A checkpoint's manifest: nothing in it may lead out of the directory or out of a chunk.
#include "base/check.h"
#include "core/checkpoint.h"
#include "fuzz/fuzz_target.h"

namespace {

void hold(const holdfast::Manifest& manifest) {
  using holdfast::check;
  for (const auto& entry : manifest.entries) {
    check(holdfast::stays_inside(entry.path) ||
              (entry.path.empty() && entry.kind == holdfast::EntryKind::folder),
          "an entry stays inside");
    std::uint64_t bytes = entry.offset;
    for (const auto& piece : entry.pieces) {
      bytes += piece.size_bytes;
      if (piece.chunk == holdfast::kHole) continue;
      check(piece.chunk < manifest.chunks.size(), "a piece names a chunk");
      const std::uint64_t whole = manifest.chunks[piece.chunk].size_bytes;
      check(piece.offset <= whole && piece.size_bytes <= whole - piece.offset,
            "a piece fits its chunk");
    }
    if (!entry.pieces.empty()) check(bytes <= entry.size_bytes, "pieces fit their file");
  }
  for (const auto& chunk : manifest.chunks) {
    check(chunk.name.find('/') == std::string::npos, "a chunk's name is one segment");
    check(chunk.size_bytes <= holdfast::kChunkBytes, "a chunk has its limit");
  }
}

}  // namespace

void holdfast::fuzz::try_bytes(std::string_view input) {
  may_refuse([&] {
    const Manifest manifest = manifest_from_json(input);
    hold(manifest);
    const std::string once = to_json(manifest);
    check(to_json(manifest_from_json(once)) == once, "a manifest that was read can be written");
  });
}
