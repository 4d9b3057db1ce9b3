// Stores snapshots as checkpoints: new chunks first, then the pages that list them, then the
// manifest. Nothing is visible until the job's log names the manifest, so a saver that dies leaves
// the job as it was.
//
// One saver per attempt. A key is written at most once per attempt, and a chunk or page is named
// again only if the checkpoint before names it (docs/formats.md, "Removing what is old"): so a
// removal that comes late can never hit what somebody needs. One thread calls; a few do the work.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "checkpoint/kept_tree.h"
#include "checkpoint/orphans.h"
#include "checkpoint/request_time.h"
#include "checkpoint/tree_writer.h"
#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct SavedCheckpoint {
  CheckpointRef ref;
  std::uint64_t uploaded_bytes = 0;  // Of content,
  std::uint64_t manifest_bytes = 0;  // and of the list of it.
  // It holds what the checkpoint before holds, and is that one: nothing was sent.
  bool unchanged = false;
};

class Saver {
 public:
  // `parent` is the checkpoint that was restored; empty on a fresh start. Borrows store and clock.
  // `width`: how many chunks are under way at once.
  Saver(Store& store, const Clock& clock, const StoreLayout& layout, AttemptNumber attempt,
        KeptTree parent, int width = kTransferWidth, PageLimits limits = {});

  // Stores `snapshot`, a directory that nobody writes to. nullopt if `stop` was requested first.
  // Throws Error; what was uploaded by then is not sent again by the next call. Lists that are too
  // long for memory lie beside the snapshot, in files without a name.
  //
  // A snapshot that was saved should stay until the next one is: what both share (hard links) is
  // then not read again, and what changed only a little is sent as the difference.
  std::optional<SavedCheckpoint> save(const std::filesystem::path& snapshot, Generation generation,
                                      const std::stop_token& stop);

  // The checkpoint of the last save(), or the parent.
  const KeptTree& newest() const noexcept { return newest_; }

 private:
  class Save;

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  AttemptNumber attempt_;
  KeptTree newest_;
  int width_;
  PageLimits limits_;
  // Where the content of `newest_` lies; empty if nowhere.
  std::filesystem::path newest_snapshot_;
  // Of attempts that were killed; looked for by the first save that sends something, until one
  // succeeds.
  std::optional<Orphans> orphans_;
  // How often this attempt has stored an object, by its name without the count.
  std::map<std::string, int> stored_count_;
};

}  // namespace holdfast
