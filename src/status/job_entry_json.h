// One job of the index as `holdfast list --json` prints it (docs/formats.md), without the line's
// end.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/index_entry.h"

namespace holdfast {

// `now`: seconds since 1970, by this machine. `fields`: those of the job's own that were asked for;
// nullptr: none were.
std::string to_json(const IndexEntry& job, std::int64_t now,
                    const std::map<std::string, std::string>* fields = nullptr);

// Of one that no worker has taken yet: the same keys.
std::string unclaimed_json(const std::string& job);

}  // namespace holdfast
