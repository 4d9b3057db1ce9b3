// The jobs that a command is told of: by id, or by a list as it was submitted.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/commands/job_index.h"
#include "core/job.h"
#include "submit/job_list.h"

namespace holdfast {

// Each once, in the order of their naming; of a state folder of holdfast run, all that workers have
// taken if none is named. Throws UsageError, also if none is named otherwise.
std::vector<JobId> named_jobs(const JobsNamed& named, const PlaceOptions& place,
                              const std::string& state, Clock& clock);

// The same for commands that go on until all have ended: a group grows while they do.
class NamedJobs {
 public:
  // Borrows all.
  NamedJobs(const JobsNamed& named, const PlaceOptions& place, const std::string& state,
            Clock& clock)
      : named_(named), place_(place), state_(state), clock_(clock) {}

  // Those that were not taken before: all at first, then those that have joined the group; a list,
  // ids and what a state folder holds stay what they were. Throws as above.
  std::vector<JobId> take_new();

  std::size_t size() const { return taken_.size(); }

 private:
  const JobsNamed& named_;
  const PlaceOptions& place_;
  const std::string& state_;
  Clock& clock_;
  std::set<std::string> taken_;
};

// For commands that change jobs: throws UsageError unless the command line says which, so that no
// state folder is taken as a whole by accident.
void require_named(const JobsNamed& named);

// But for those that were forgotten. Throws UsageError if the group is not known.
std::set<std::string> jobs_of_group(QueueIndex& index, const Clock& clock,
                                    const std::string& group);

// All that the group ever had.
std::set<std::string> noted_in_group(QueueIndex& index, const Clock& clock,
                                     const std::string& group);

// All of a list. Throws UsageError that names the line if it has a mistake.
std::vector<JobId> ids_in(const JobList& list);

// The state folder that a command works with: `given`, or the one that holdfast run keeps beside
// the list, if neither options nor environment say where the store is. Empty: none.
std::string state_of(const JobsNamed& named, const PlaceOptions& place, const std::string& given);

}  // namespace holdfast
