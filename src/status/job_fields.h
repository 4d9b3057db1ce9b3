// The fields that jobs were submitted with, by their logs: the job index does not hold them. One
// request a job, two for a large one; several at once.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/index_entry.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

using JobFields = std::map<std::string, std::string>;

// In the order of `jobs`; empty for one that nobody has kept, or whose log is damaged. Throws
// Error.
std::vector<JobFields> fields_of_jobs(Store& store, const Clock& clock,
                                      const std::vector<IndexEntry>& jobs);

// A field and the value that it must have: the same text, or the same number as in 1e-3 and 0.001.
struct WantedField {
  std::string name;
  std::string value;

  bool holds(const JobFields& fields) const;
};

// Of `jobs`, in their order, the first `count_max` that have all these fields, read no further than
// necessary. Throws Error.
struct JobWithFields {
  IndexEntry job;
  JobFields fields;
};
std::vector<JobWithFields> jobs_with_fields(Store& store, const Clock& clock,
                                            const std::vector<IndexEntry>& jobs,
                                            const std::vector<WantedField>& wanted,
                                            std::size_t count_max);

}  // namespace holdfast
