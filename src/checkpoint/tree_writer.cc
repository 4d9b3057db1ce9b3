#include "checkpoint/tree_writer.h"

#include <utility>

namespace holdfast {

namespace {

// What a chunk and an entry take in a page, besides their names.
constexpr std::size_t kChunkTextBytes = 220;
constexpr std::size_t kEntryTextBytes = 120;
constexpr std::size_t kPieceTextBytes = 24;
// A page with less than this part of the mean does not end early: it would not be worth an object.
constexpr std::size_t kPartOfMean = 4;

// FNV-1a, with a last step that spreads its bits. Never to be changed: other pages would result.
std::uint64_t hash_of(std::string_view text, std::uint64_t salt) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ salt;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash ^= hash >> 32;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

}  // namespace

void TreeWriter::add(const Entry& entry) {
  if (entry.pieces.size() <= limits_.pieces_max) return add_part(entry);
  Entry part = entry;
  for (std::size_t from = 0; from < entry.pieces.size(); from += limits_.pieces_max) {
    const std::size_t end = std::min(from + limits_.pieces_max, entry.pieces.size());
    part.pieces.assign(entry.pieces.begin() + static_cast<std::ptrdiff_t>(from),
                       entry.pieces.begin() + static_cast<std::ptrdiff_t>(end));
    add_part(part);
    for (const Piece& piece : part.pieces) part.offset += piece.size_bytes;
  }
}

void TreeWriter::add_part(Entry entry) {
  for (Piece& piece : entry.pieces) {
    if (piece.chunk != kHole) piece.chunk = place(piece.chunk);
  }
  page_bytes_ += kEntryTextBytes + entry.path.size() + entry.target.size() +
                 entry.pieces.size() * kPieceTextBytes;
  for (const auto& [name, value] : entry.attributes) page_bytes_ += name.size() + 3 * value.size();
  page_.entries.push_back(std::move(entry));
  const Entry& last = page_.entries.back();
  const bool full = page_.entries.size() >= limits_.entries_max || page_bytes_ >= limits_.bytes_max;
  const bool worth_it = page_.entries.size() >= limits_.entries_mean / kPartOfMean;
  if (full || (worth_it && ends_page(last.path, last.offset))) end_page();
}

// The chunk's place in the page, which gets it, and its bases before it, if it lacks it.
std::uint32_t TreeWriter::place(std::uint32_t index) {
  if (const auto placed = placed_.find(index); placed != placed_.end()) return placed->second;
  const Chunk chunk = chunks_.at(index);
  if (chunk.form == ChunkForm::delta) static_cast<void>(place(chunks_.base(chunk.base)));
  const auto place = static_cast<std::uint32_t>(page_.chunks.size());
  page_.chunks.push_back(chunk);
  page_bytes_ += kChunkTextBytes;
  placed_.emplace(index, place);
  return place;
}

bool TreeWriter::ends_page(std::string_view path, std::uint64_t salt) const {
  return hash_of(path, salt) % limits_.entries_mean == 0;
}

void TreeWriter::end_page() {
  leaves_.push_back({{}, page_.entries.front().path});
  store_.store(to_json(page_), leaves_.back().chunk);
  page_ = {};
  page_bytes_ = 0;
  placed_.clear();
}

std::string TreeWriter::finish() {
  if (leaves_.empty()) return to_json(page_);
  if (!page_.entries.empty()) end_page();
  store_.settle();
  std::deque<PageRef> level = std::exchange(leaves_, {});
  int height = 1;
  for (; level.size() > limits_.entries_mean; ++height) level = pages_above(level, height);
  return to_json(Manifest{{}, {}, height, {level.begin(), level.end()}});
}

std::deque<PageRef> TreeWriter::pages_above(const std::deque<PageRef>& below, int height) {
  std::deque<PageRef> above;
  Manifest page{{}, {}, height, {}};
  const auto end = [&] {
    above.push_back({{}, page.pages.front().first});
    store_.store(to_json(page), above.back().chunk);
    page.pages.clear();
  };
  for (const PageRef& ref : below) {
    page.pages.push_back(ref);
    const bool worth_it = page.pages.size() >= limits_.entries_mean / kPartOfMean;
    const bool full = page.pages.size() >= 2 * limits_.entries_mean;
    if (full || (worth_it && ends_page(ref.first, static_cast<std::uint64_t>(height)))) end();
  }
  if (!page.pages.empty()) end();
  store_.settle();
  return above;
}

}  // namespace holdfast
