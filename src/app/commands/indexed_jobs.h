// The newest record of each of many jobs: those that are named, or all that the job index knows.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "core/index_entry.h"
#include "core/record.h"

namespace holdfast {

// Reads the logs of the jobs whose entry `wanted` takes, several at once, and visits them one at a
// time, by id. Those whose log cannot be read are told to `damaged`, and so is an Error (corrupt)
// of `visit`. Jobs without a log are left out. Throws Error.
void each_indexed_job(QueueIndex& index, const JobsNamed& named, const PlaceOptions& place,
                      const std::string& state, Clock& clock, const std::stop_token& stop,
                      const std::function<bool(const IndexEntry&)>& wanted,
                      const std::function<void(const JobId&, const Record&)>& visit,
                      const std::function<void(const JobId&, const std::string& why)>& damaged);

}  // namespace holdfast
