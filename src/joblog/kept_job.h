// The job itself, as stored by the first worker that claimed it: small jobs in the log's first
// record, others next to the log.
#pragma once

#include <optional>
#include <string>

#include "core/job.h"
#include "core/record.h"
#include "ports/store.h"

namespace holdfast {

// nullopt if nobody has kept it. Throws Error.
std::optional<std::string> read_kept_job(Store& store, const JobId& id, TimePoint deadline);

// Whether two bodies are the same job: the same fields with the same values. An empty field is one
// that is not there, as older versions wrote it.
bool same_job(const std::string& one, const std::string& other);

// An id alone does not tell that a message is of the job that a log is of: another list may use the
// same ids, and a person may have changed the job before it began.
enum class Content {
  same,
  replaced,  // A person has changed the job since the message was sent, which is void.
  other,     // The log is that of another job.
};

// `newest`: of the log. Throws Error.
Content content_of(const Job& job, const Record& newest, Store& store, TimePoint deadline);

}  // namespace holdfast
