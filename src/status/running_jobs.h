// Which job each worker runs, by the jobs' logs. Costs two requests per job of the store.
#pragma once

#include <map>
#include <string>

#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

// The job's id by the worker's. Logs that are damaged are passed over. Throws Error.
std::map<std::string, std::string> running_jobs(Store& store, const Clock& clock);

}  // namespace holdfast
