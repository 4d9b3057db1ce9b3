// The job itself, as whoever claimed it first kept it: small ones in the log's first record, others
// beside the log.
#pragma once

#include <optional>
#include <string>

#include "core/job.h"
#include "ports/store.h"

namespace holdfast {

// nullopt if nobody has kept it. Throws Error.
std::optional<std::string> read_kept_job(Store& store, const JobId& id, TimePoint deadline);

// Whether two bodies are the same job: the same fields with the same values. An empty field is one
// that is not there, as older versions wrote it.
bool same_job(const std::string& one, const std::string& other);

}  // namespace holdfast
