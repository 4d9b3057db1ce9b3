// A job's checkpoints, for a person: which there are, whether they are whole, and what lies in the
// store that none of them needs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct KeptCheckpoint {
  CheckpointRef ref;
  std::string when;  // It was committed; empty if that is too long ago to be looked up.
  bool verified = false;
  std::string damage;  // verified: what is wrong with it; empty if it is whole.
};

// The checkpoints that `newest` names, newest first. Throws Error.
std::vector<KeptCheckpoint> kept_checkpoints(Store& store, const Clock& clock, const JobId& id,
                                             const Record& newest);

// Reads every byte of it and notes what it finds. Throws Error, but not for damage.
void verify(Store& store, const Clock& clock, const JobId& id, KeptCheckpoint& checkpoint,
            const std::stop_token& stop);

struct Unneeded {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t uploads = 0;  // Begun in parts and never finished; how large is not known.
};

enum class Pruning { remove, only_count };

// What attempts that can commit no more left behind and no kept checkpoint needs. nullopt if the
// job has no log. Throws Error, `corrupt` if a kept checkpoint's manifest cannot be read.
std::optional<Unneeded> prune_job(Store& store, const Clock& clock, const JobId& id,
                                  Pruning pruning, const std::stop_token& stop);

}  // namespace holdfast
