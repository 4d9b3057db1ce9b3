// What killed attempts had sent before a checkpoint named it: chunks that need not be sent again,
// because the store can copy them to where the new attempt may name them (docs/formats.md,
// "Removing what is old"). One thread.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>

#include "core/checkpoint.h"
#include "core/store_layout.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct Orphan {
  std::string key;
  ChunkForm form = ChunkForm::plain;
  std::uint64_t stored_bytes = 0;
};

// By the digest of their content.
using Orphans = std::map<std::string, Orphan>;

// More are not remembered, and sent again; 20,000 whole chunks are 160 GB.
constexpr std::size_t kOrphansMax = 20'000;

// The chunks below the numbers of attempts before `attempt`, but for those told as a difference.
// Stops early if asked to. Throws Error.
Orphans find_orphans(Store& store, const Clock& clock, const StoreLayout& layout,
                     AttemptNumber attempt, const std::stop_token& stop);

}  // namespace holdfast
