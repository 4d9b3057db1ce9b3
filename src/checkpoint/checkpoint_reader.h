// Reads what a checkpoint is made of from the store, every byte checked against the digest it was
// stored with. Throws Error: `corrupt` for what is damaged or gone, `unavailable` if the store
// could not be asked. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "checkpoint/request_time.h"
#include "checkpoint/tree_reader.h"
#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class CheckpointReader {
 public:
  // Borrows store and clock. `width`: how many pages are under way at once.
  CheckpointReader(Store& store, const Clock& clock, const StoreLayout& layout,
                   int width = kTransferWidth)
      : store_(store), clock_(clock), layout_(layout), width_(width) {}

  // The content of a manifest; nullopt if it is gone.
  std::optional<std::string> find_manifest(const CheckpointRef& ref) const;
  std::string manifest(const CheckpointRef& ref) const;

  // `base_of`: the chunk with a digest, for one that is told as the difference from it.
  std::string chunk(const Chunk& chunk,
                    const std::function<Chunk(const std::string& digest)>& base_of) const;

  TreeReader::Load load_pages() const;
  // The same, with nothing for a page that is gone.
  TreeReader::Load load_pages_if_there() const;

 private:
  std::optional<std::string> find_chunk(const Chunk& chunk, const std::string& base) const;
  std::vector<std::string> load(const std::vector<Chunk>& pages, bool must_be_there) const;

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  int width_;
};

}  // namespace holdfast
