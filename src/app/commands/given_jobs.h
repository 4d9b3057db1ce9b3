// The jobs that run and submit are given: a list or a sweep, and the group that they belong to.
#pragma once

#include <string>

#include "app/command_line.h"
#include "core/fleet_layout.h"
#include "ports/clock.h"
#include "ports/store.h"
#include "submit/job_list.h"

namespace holdfast {

// Throws UsageError if the list cannot be read.
JobList open_jobs(const JobsGiven& given);

// The file beside which state and ledger are kept: the list's, or one named after group or sweep.
// "-": standard input, beside which nothing can be.
std::string base_of(const JobsGiven& given);

// Empty: none, for a list from standard input of which nobody named one.
std::string group_of(const JobsGiven& given);

// Notes that the list's jobs belong to `group`. Throws Error.
void note_group(const std::string& group, const JobList& list, Store& store, const Clock& clock,
                const FleetLayout& layout);

// --dry-run: the jobs as they would be submitted, a line each, on standard output. Throws
// UsageError if the list has mistakes.
void print_jobs(const JobList& list);

}  // namespace holdfast
