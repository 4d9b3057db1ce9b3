// Brings the newest checkpoint that verifies into a directory, every byte checked against the
// digest it was stored with. A damaged one makes it step back to the one before; only "no
// checkpoint was ever committed" means a fresh start. One thread calls; a few do the work.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "checkpoint/checkpoint_reader.h"
#include "checkpoint/kept_tree.h"
#include "checkpoint/request_time.h"
#include "core/checkpoint.h"
#include "core/record.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

class Restorer {
 public:
  // Borrows store and clock. `width`: how many chunks are under way at once.
  Restorer(Store& store, const Clock& clock, const StoreLayout& layout, int width = kTransferWidth);

  // Restores the first of `checkpoints` (newest first, not empty) that verifies into `directory`,
  // which is emptied, and returns it as the base of the next. nullopt if `stop` was requested.
  // Throws Error: `unavailable` if the store could not be asked, `corrupt` if none of them
  // verifies. Lists that are too long for memory lie beside `directory`.
  std::optional<KeptTree> restore(const std::vector<CheckpointRef>& checkpoints,
                                  const std::filesystem::path& directory,
                                  const std::stop_token& stop);

  // Reads every byte of a checkpoint and checks it. False if `stop` was requested. Throws Error
  // (corrupt) if it is damaged.
  [[nodiscard]] bool verify(const CheckpointRef& ref, const std::stop_token& stop);

  // Brings a checkpoint that another program left as the single object `name` into `directory`.
  // False if there is none.
  [[nodiscard]] bool adopt(const std::string& name, const std::filesystem::path& directory);

  // What a checkpoint consists of; its list lies in `folder`. Throws Error (corrupt) if that is
  // damaged or gone.
  KeptTree read(const CheckpointRef& ref, const std::filesystem::path& folder);

 private:
  [[nodiscard]] bool bring(const KeptTree& tree, const std::filesystem::path& directory,
                           const std::stop_token& stop);
  [[nodiscard]] bool write_content(const KeptTree& tree, RecordSorter& pieces,
                                   const std::filesystem::path& directory,
                                   const std::stop_token& stop);

  Store& store_;
  const Clock& clock_;
  StoreLayout layout_;
  int width_;
  CheckpointReader reader_;
};

}  // namespace holdfast
