// Gives all jobs of a list the same further fields: `--label KEY=VALUE`.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "submit/job_reader.h"

namespace holdfast {

// Keys and values; no key twice.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Takes one as a person types it. Returns what is wrong with it; empty if nothing is.
std::string read_label(const std::string& typed, Labels& labels);

// `reader` with these fields in each job; one that has such a field already is a fault of its
// line. Borrows `labels`.
std::unique_ptr<JobReader> with_labels(std::unique_ptr<JobReader> reader, const Labels& labels);

}  // namespace holdfast
