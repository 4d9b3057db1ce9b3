// Which checkpoint the next attempt resumes from. A snapshot may hold files that were being written
// in place, which their program cannot read; then an older one helps (docs/protocol.md, Stepping
// back). Pure.
#pragma once

#include <vector>

#include "core/record.h"

namespace holdfast {

// As often an attempt resumes from the newest and fails without progress before one resumes from
// the one before.
constexpr std::uint32_t kFailuresFromNewest = 2;

// What follows from one more failure without progress of an attempt that had resumed from
// `resumed`. The stage stays as it is when there is nothing older to step back to.
StepBack after_failure(const Record& newest, Generation resumed);

// The kept checkpoints in the order in which the next attempt tries them.
std::vector<CheckpointRef> resume_order(const Record& newest);

// Those of `refs` (newest first) that are kept when there is room for `room`: the newest, the one
// before, and older ones at about doubling distances, so that a few reach far back.
std::vector<CheckpointRef> spaced(std::vector<CheckpointRef> refs, std::size_t room);

}  // namespace holdfast
