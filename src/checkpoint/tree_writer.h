// Writes a long list of entries as a tree of pages (core/checkpoint.h), of which equal ones have
// equal content: who writes nearly the same list again stores few pages anew. Where a page ends
// depends on the paths in it, and on nothing else.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "core/checkpoint.h"

namespace holdfast {

// Keeps the pages that a TreeWriter makes.
class PageStore {
 public:
  virtual ~PageStore() = default;

  // Stores a page. `where` says where it lies, at the latest when settle() has returned; it stays
  // where it is until then.
  virtual void store(std::string content, Chunk& where) = 0;
  virtual void settle() = 0;
};

struct PageLimits {
  std::size_t entries_mean = 1024;     // One in so many paths ends a page.
  std::size_t entries_max = 8 * 1024;  // Or so many entries,
  std::size_t bytes_max = 512 * 1024;  // or about so many bytes.
  std::size_t pieces_max = 1024;       // More of one file become an entry of their own.
};

class TreeWriter {
 public:
  // Finds what Piece::chunk of an entry that is added means, with `base` the base of a difference.
  struct Chunks {
    std::function<Chunk(std::uint32_t index)> at;
    std::function<std::uint32_t(const std::string& digest)> base = {};
  };

  // Borrows the store.
  TreeWriter(PageStore& store, Chunks chunks, PageLimits limits = {})
      : store_(store), chunks_(std::move(chunks)), limits_(limits) {}

  // In path order. Memory is bounded by one page, and some hundred bytes for each page before.
  void add(const Entry& entry);
  // The topmost page: the manifest, which the caller stores.
  std::string finish();

 private:
  void add_part(Entry entry);
  std::uint32_t place(std::uint32_t index);
  bool ends_page(std::string_view path, std::uint64_t salt) const;
  void end_page();
  std::deque<PageRef> pages_above(const std::deque<PageRef>& below, int height);

  PageStore& store_;
  const Chunks chunks_;
  const PageLimits limits_;
  Manifest page_;
  std::size_t page_bytes_ = 0;                     // About.
  std::map<std::uint32_t, std::uint32_t> placed_;  // Index of the caller -> index in the page.
  std::deque<PageRef> leaves_;
};

}  // namespace holdfast
