// Asks the cloud for another machine in place of an unfit one, on a budget: the cloud keeps a
// machine that was given back away from the whole fleet for two days, so a fleet that blames its
// machines for a fault of its own would soon find none.
#pragma once

#include <cstdint>
#include <string>

#include "core/fleet_layout.h"
#include "ports/clock.h"
#include "ports/node.h"
#include "ports/store.h"

namespace holdfast {

enum class [[nodiscard]] ReplacementOutcome{
    asked,
    budget_spent,  // The fleet has asked for as many in this hour as it may.
};

// At most `per_hour` in an hour by all workers of the fleet, counted by objects in the store that
// are created once and removed when they are older than a day. The hour is each worker's own wall
// clock's: one that is hours wrong only counts in another hour. Throws Error if store or cloud are
// away; then nothing was asked.
ReplacementOutcome ask_for_replacement(Node& node, Store& store, const Clock& clock,
                                       const FleetLayout& layout, std::uint32_t per_hour,
                                       const std::string& reason);

}  // namespace holdfast
