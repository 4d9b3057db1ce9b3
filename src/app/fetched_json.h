// What `holdfast fetch --json` says of one job (docs/formats.md).
#pragma once

#include <string>

#include "results/fetch.h"

namespace holdfast {

// `error`: why there is no result; empty: there is one.
std::string fetched_json(const std::string& job, const std::string& state, const Fetched& fetched,
                         const std::string& error);

}  // namespace holdfast
