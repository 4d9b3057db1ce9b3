#include "checkpoint/tree_reader.h"

#include <algorithm>
#include <utility>

#include "holdfast/error.h"

namespace holdfast {

namespace {

// Pages that are loaded at a time: enough that a few can be under way while others are waited for.
constexpr std::size_t kPagesAtOnce = 8;

[[noreturn]] void throw_corrupt(const std::string& what) {
  throw Error(ErrorKind::corrupt, "a manifest is damaged: " + what);
}

Manifest page_of_height(const std::string& content, int height) {
  Manifest page = manifest_from_json(content);
  if (page.height != height) throw_corrupt("a page stands where another should");
  return page;
}

}  // namespace

TreeReader::TreeReader(std::string_view manifest, Load load) : load_(std::move(load)) {
  Manifest top = manifest_from_json(manifest);
  if (top.height > 0) {
    levels_.push_back({std::move(top.pages), top.height, 0});
  } else {
    loaded_.push_back(std::move(top));
  }
}

std::optional<Manifest> TreeReader::next() {
  std::optional<Manifest> page = next_leaf();
  if (page) {
    for (const Entry& entry : page->entries) require_order(entry);
  }
  return page;
}

std::optional<Manifest> TreeReader::next_leaf() {
  while (loaded_.empty()) {
    while (!levels_.empty() && levels_.back().next == levels_.back().pages.size()) {
      levels_.pop_back();
    }
    if (levels_.empty()) return std::nullopt;
    Level& level = levels_.back();
    const std::size_t left = level.pages.size() - level.next;
    const std::size_t count = level.height == 1 ? std::min(left, kPagesAtOnce) : 1;
    std::vector<Chunk> chunks;
    for (std::size_t i = 0; i < count; ++i) chunks.push_back(level.pages[level.next++].chunk);
    const int below = level.height - 1;
    for (const std::string& content : load_(chunks)) {
      Manifest page = page_of_height(content, below);
      if (below == 0) {
        loaded_.push_back(std::move(page));
      } else {
        levels_.push_back({std::move(page.pages), below, 0});
      }
    }
    std::reverse(loaded_.begin(), loaded_.end());
  }
  Manifest page = std::move(loaded_.back());
  loaded_.pop_back();
  return page;
}

void TreeReader::require_order(const Entry& entry) {
  if (last_ && last_->path == entry.path) {
    // The next part of a file with very many pieces.
    if (entry.kind != EntryKind::file || last_->kind != EntryKind::file ||
        entry.offset != last_->offset || entry.size_bytes != last_->size_bytes ||
        entry.offset == 0) {
      throw_corrupt(entry.path + " is there twice");
    }
  } else {
    if (last_ && compare_paths(last_->path, entry.path) >= 0) {
      throw_corrupt(entry.path + " is out of order");
    }
    if (entry.offset != 0) throw_corrupt(entry.path + " does not begin at its beginning");
    const std::size_t slash = entry.path.rfind('/');
    const std::string_view parent = slash == std::string::npos
                                        ? std::string_view()
                                        : std::string_view(entry.path).substr(0, slash);
    while (!folders_.empty() && folders_.back() != parent) folders_.pop_back();
    if (folders_.empty() && !parent.empty()) {
      throw_corrupt(entry.path + " stands below what is no folder");
    }
    if (entry.kind == EntryKind::folder && !entry.path.empty()) folders_.push_back(entry.path);
    last_.emplace();
    last_->path = entry.path;
    last_->kind = entry.kind;
    last_->size_bytes = entry.size_bytes;
  }
  // Where the next part has to begin.
  last_->offset = entry.offset;
  for (const Piece& piece : entry.pieces) last_->offset += piece.size_bytes;
}

void for_each_page(const Manifest& page, const TreeReader::Load& load,
                   const std::function<bool(const Chunk& page)>& visit_below,
                   const std::function<void(const Chunk& page, const Manifest& content)>& visit) {
  for (std::size_t at = 0; at < page.pages.size();) {
    std::vector<Chunk> chunks;
    for (; at < page.pages.size() && chunks.size() < kPagesAtOnce; ++at) {
      if (visit_below(page.pages[at].chunk)) chunks.push_back(page.pages[at].chunk);
    }
    const std::vector<std::string> contents = load(chunks);
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (contents[i].empty()) continue;
      const Manifest below = page_of_height(contents[i], page.height - 1);
      for_each_page(below, load, visit_below, visit);
      visit(chunks[i], below);
    }
  }
}

}  // namespace holdfast
