// Stores snapshots as checkpoints: new chunks first, then the manifest. Nothing is visible until
// the job's log names the manifest, so a saver that dies leaves the job as it was.
//
// One saver per attempt. A key is written at most once per attempt, and a chunk is named again only
// if the parent manifest names it (docs/formats.md, "Removing what is old"): so a removal that
// comes late can never hit a chunk that somebody needs. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct SavedCheckpoint {
  CheckpointRef ref;
  std::uint64_t uploaded_bytes = 0;
};

class Saver {
 public:
  // `parent` is the manifest that was restored; empty on a fresh start. Borrows store and clock.
  Saver(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
        Manifest parent);

  // Stores `snapshot`, a directory that nobody writes to. nullopt if `stop` was requested first.
  // Throws Error; what was uploaded by then is not sent again by the next call.
  std::optional<SavedCheckpoint> save(const std::filesystem::path& snapshot, Generation generation,
                                      const std::stop_token& stop);

  // The manifest of the last save(), or the parent.
  const Manifest& newest() const noexcept { return newest_; }

 private:
  struct Packing;

  void add_entry(const std::filesystem::path& snapshot, const std::filesystem::path& path,
                 Packing& packing);
  void add_large_file(const std::filesystem::path& file, Entry& entry, Packing& packing);
  void flush_pack(Packing& packing);
  std::uint32_t store_chunk(const std::string& bytes, Packing& packing);

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  AttemptNumber attempt_;
  Manifest newest_;
  // Stored by this attempt and not yet named by a manifest, by digest: left from a save that
  // failed.
  std::map<std::string, Chunk> unnamed_;
  // How often this attempt has stored a chunk of this digest.
  std::map<std::string, int> stored_count_;
};

}  // namespace holdfast
