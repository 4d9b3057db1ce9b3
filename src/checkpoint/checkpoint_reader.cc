#include "checkpoint/checkpoint_reader.h"

#include "base/compression.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

// Bytes are damaged on the way, too: what is corrupt is read once more before it counts as damaged.
template <typename Read>
auto read_twice_if_damaged(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    log(LogLevel::warn, "reading once more", {{"error", error.what()}});
  }
  return read();
}

}  // namespace

std::optional<std::string> CheckpointReader::find_manifest(const CheckpointRef& ref) const {
  const std::string key = layout_.manifest(ref.attempt, ref.generation, ref.manifest_digest);
  return read_twice_if_damaged([&]() -> std::optional<std::string> {
    auto bytes = store_.get(key, kManifestBytesMax, request_deadline(clock_, kChunkBytes));
    if (!bytes) return std::nullopt;
    if (sha256(*bytes).hex() != ref.manifest_digest) {
      throw Error(ErrorKind::corrupt, "its manifest " + key + " is not what was stored");
    }
    return is_frame(*bytes) ? decompressed_frame(*bytes, kManifestBytesMax) : std::move(*bytes);
  });
}

std::string CheckpointReader::manifest(const CheckpointRef& ref) const {
  if (auto manifest = find_manifest(ref)) return std::move(*manifest);
  throw Error(ErrorKind::corrupt,
              "its manifest " + layout_.manifest(ref.attempt, ref.generation, ref.manifest_digest) +
                  " is gone from the store");
}

std::optional<std::string> CheckpointReader::find_chunk(const Chunk& chunk,
                                                        const std::string& base) const {
  const std::string key = layout_.chunk(chunk.attempt, chunk.name);
  return read_twice_if_damaged([&]() -> std::optional<std::string> {
    auto bytes = store_.get(key, kChunkBytes, request_deadline(clock_, chunk.stored_bytes));
    if (!bytes) return std::nullopt;
    const bool whole = bytes->size() == chunk.stored_bytes;
    if (whole && chunk.form != ChunkForm::plain) {
      *bytes = decompressed(*bytes, base, chunk.size_bytes);
    }
    if (!whole || sha256(*bytes).hex() != chunk.digest) {
      throw Error(ErrorKind::corrupt, "its chunk " + key + " is not what was stored");
    }
    return bytes;
  });
}

std::string CheckpointReader::chunk(
    const Chunk& chunk, const std::function<Chunk(const std::string& digest)>& base_of) const {
  std::string base;
  if (chunk.form == ChunkForm::delta) base = this->chunk(base_of(chunk.base), base_of);
  if (auto content = find_chunk(chunk, base)) return std::move(*content);
  throw Error(ErrorKind::corrupt,
              "its chunk " + layout_.chunk(chunk.attempt, chunk.name) + " is gone from the store");
}

std::vector<std::string> CheckpointReader::load(const std::vector<Chunk>& pages,
                                                bool must_be_there) const {
  std::vector<std::string> contents(pages.size());
  ThreadPool pool(pages.size() > 1 ? width_ : 1, /*background=*/false);
  for (std::size_t i = 0; i < pages.size(); ++i) {
    pool.give([&, i] {
      auto content = find_chunk(pages[i], {});
      if (content) {
        contents[i] = std::move(*content);
      } else if (must_be_there) {
        throw Error(ErrorKind::corrupt, "its page " +
                                            layout_.chunk(pages[i].attempt, pages[i].name) +
                                            " is gone from the store");
      }
    });
  }
  pool.finish();
  return contents;
}

TreeReader::Load CheckpointReader::load_pages() const {
  return [this](const std::vector<Chunk>& pages) { return load(pages, true); };
}

TreeReader::Load CheckpointReader::load_pages_if_there() const {
  return [this](const std::vector<Chunk>& pages) { return load(pages, false); };
}

}  // namespace holdfast
