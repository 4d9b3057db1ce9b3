// How a save stores content: each chunk once, as it is, compressed, or as a difference.
#include "base/compression.h"
#include "checkpoint/holes.h"
#include "checkpoint/save.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

namespace fs = std::filesystem;

// Of a chunk's name: tells its form.
std::string ending_of(const Chunk& chunk) {
  if (chunk.form == ChunkForm::zstd) return ".zst";
  if (chunk.form == ChunkForm::delta) return "." + chunk.base.substr(0, 16) + ".delta";
  return {};
}

}  // namespace

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
  pool_.alone([&] {
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
  pool_.alone([&] { chunk.name = next_name(chunk); });
  saver_.store_.put(
      saver_.layout_.chunk(chunk.attempt, chunk.name), bytes,
      chunk.form == ChunkForm::plain ? *Sha256Digest::from_hex(chunk.digest) : sha256(bytes),
      request_deadline(saver_.clock_, bytes.size()));
  pool_.alone([&] {
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
  pool_.alone([&] {
    adopted.name = next_name(adopted);
    ++saver_.stored_count_[adopted.digest + ending_of(adopted)];
  });
  const bool copied = saver_.store_.copy(
      orphan->second.key, saver_.layout_.chunk(adopted.attempt, adopted.name), adopted.stored_bytes,
      request_deadline(saver_.clock_, adopted.stored_bytes));
  if (!copied) return false;
  pool_.alone([&] { chunks_.set(begun_.at(adopted.digest), chunks_.add(adopted)); });
  return true;
}

std::string Saver::Save::next_name(const Chunk& chunk) const {
  const auto found = saver_.stored_count_.find(chunk.digest + ending_of(chunk));
  const bool first = found == saver_.stored_count_.end() || found->second == 0;
  return chunk.digest + (first ? "" : "-" + std::to_string(found->second)) + ending_of(chunk);
}

// --- Pages ---

}  // namespace holdfast
