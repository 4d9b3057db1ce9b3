// Tries everything on a store that Holdfast asks of one, with objects of its own below
// kProbeFolder, which are removed again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "base/random.h"
#include "operate/finding.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// `unfenced`: the store is known to have no conditional writes, and used all the same. A store
// that moves large objects in parts should begin to below 6 MiB here. Needs about fifty small
// requests and moves 24 MiB. Never throws Error: what fails is a finding. Asked to stop, it tries
// nothing more.
Findings check_store(Store& store, const Clock& clock, Random& random, bool unfenced,
                     const std::stop_token& stop);

// What follows from how far the server's clock is ahead of ours. Pure.
Finding judge_clock(std::optional<std::chrono::seconds> ahead);

// What follows from how much room a directory store has. Pure.
Finding judge_room(std::uint64_t bytes_free);

}  // namespace holdfast
