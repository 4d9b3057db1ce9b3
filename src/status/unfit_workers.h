// Nodes that take no more jobs, as they say themselves.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/unfit_notice.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// As far as the first kUnfitMax. Throws Error.
constexpr std::size_t kUnfitMax = 1000;
std::vector<UnfitNotice> unfit_workers(Store& store, const Clock& clock);

// Under a heading, a line each; empty if there are none.
std::string for_people(const std::vector<UnfitNotice>& notices);

}  // namespace holdfast
