// Every job of a store and the newest record of its log, several read at a time. Costs two requests
// per job.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct FoundJob {
  std::optional<JobId> id;       // nullopt: what stands there is no job's.
  std::optional<Record> newest;  // nullopt: it has no log, or a damaged one.
  std::string damage;            // Why its log cannot be read; empty if it can.
};

// `visit` hears of one at a time, on any thread. After each page of some hundred `go_on` is asked,
// on the caller's thread; false ends it early. Throws Error, but not for damage.
void for_each_job(Store& store, const Clock& clock,
                  const std::function<void(const FoundJob&)>& visit,
                  const std::function<bool()>& go_on);

}  // namespace holdfast
