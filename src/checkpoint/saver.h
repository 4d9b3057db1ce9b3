// Stores snapshots as checkpoints: new chunks first, then the manifest. Nothing is visible until
// the job's log names the manifest, so a saver that dies leaves the job as it was.
//
// One saver per attempt. A key is written at most once per attempt, and a chunk is named again only
// if the parent manifest names it (docs/formats.md, "Removing what is old"): so a removal that
// comes late can never hit a chunk that somebody needs. One thread calls; a few do the work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "checkpoint/orphans.h"
#include "checkpoint/request_time.h"
#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct SavedCheckpoint {
  CheckpointRef ref;
  std::uint64_t uploaded_bytes = 0;  // Of chunks,
  std::uint64_t manifest_bytes = 0;  // and of the list of them.
};

class Saver {
 public:
  // `parent` is the manifest that was restored; empty on a fresh start. Borrows store and clock.
  // `width`: how many chunks are under way at once.
  Saver(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
        Manifest parent, int width = kTransferWidth);

  // Stores `snapshot`, a directory that nobody writes to. nullopt if `stop` was requested first.
  // Throws Error; what was uploaded by then is not sent again by the next call.
  //
  // A snapshot that was saved should stay until the next one is: what both share (hard links) is
  // then not read again, and what changed only a little is sent as the difference.
  std::optional<SavedCheckpoint> save(const std::filesystem::path& snapshot, Generation generation,
                                      const std::stop_token& stop);

  // The manifest of the last save(), or the parent.
  const Manifest& newest() const noexcept { return newest_; }

 private:
  class Save;

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  AttemptNumber attempt_;
  Manifest newest_;
  int width_;
  // Where the content of `newest_` lies; empty if nowhere.
  std::filesystem::path newest_snapshot_;
  // Stored by this attempt and not yet named by a manifest, by digest: left from a save that
  // failed.
  std::map<std::string, Chunk> unnamed_;
  // Of attempts that were killed; looked for by the first save, until one succeeds.
  std::optional<Orphans> orphans_;
  // How often this attempt has stored an object, by its name without the count.
  std::map<std::string, int> stored_count_;
};

}  // namespace holdfast
