// Brings the newest checkpoint that verifies into a directory, every byte checked against the
// digest it was stored with. A damaged one makes it step back to the one before; only "no
// checkpoint was ever committed" means a fresh start. One thread calls; a few do the work.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/request_time.h"
#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct RestoredCheckpoint {
  CheckpointRef ref;
  Manifest manifest;
};

class Restorer {
 public:
  // Borrows store and clock. `width`: how many chunks are under way at once.
  Restorer(Store& store, const Clock& clock, const StoreLayout& layout, int width = kTransferWidth);

  // Restores the first of `checkpoints` (newest first, not empty) that verifies into `directory`,
  // which is emptied. nullopt if `stop` was requested. Throws Error: `unavailable` if the store
  // could not be asked, `corrupt` if none of them verifies.
  std::optional<RestoredCheckpoint> restore(const std::vector<CheckpointRef>& checkpoints,
                                            const std::filesystem::path& directory,
                                            const std::stop_token& stop);

  // Reads every byte of a checkpoint and checks it. False if `stop` was requested. Throws Error
  // (corrupt) if it is damaged.
  [[nodiscard]] bool verify(const CheckpointRef& ref, const std::stop_token& stop);

  // Brings a checkpoint that another program left as the single object `name` into `directory`.
  // False if there is none.
  [[nodiscard]] bool adopt(const std::string& name, const std::filesystem::path& directory);

  // Reads a manifest and checks it against `ref`. Throws Error (corrupt) if it is damaged or gone.
  Manifest read_manifest(const CheckpointRef& ref);
  // As above; nullopt if it is gone.
  std::optional<Manifest> find_manifest(const CheckpointRef& ref);

 private:
  [[nodiscard]] bool bring(const Manifest& manifest, const std::filesystem::path& directory,
                           const std::stop_token& stop);
  std::string read_chunk(const Chunk& chunk,
                         const std::map<std::string_view, const Chunk*>& by_digest);

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  int width_;
};

}  // namespace holdfast
