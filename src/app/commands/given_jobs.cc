#include "app/commands/given_jobs.h"

#include <vector>

#include "app/commands/submission.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "core/group.h"
#include "index/job_groups.h"
#include "index/job_index.h"

namespace holdfast {

namespace {

// A part of a group is noted after so many jobs, so that memory does not grow with the list.
constexpr std::size_t kJobsPerNote = 100'000;

// Throws UsageError for a list with a mistake.
template <typename Visit>
void each_job(const JobList& list, const Visit& visit) {
  const auto reader = list.read();
  ListedJob job;
  ListFault fault;
  for (;;) {  // Ends with the list.
    const Reading reading = reader->next(job, fault);
    if (reading == Reading::end) return;
    if (reading == Reading::fault) {
      throw UsageError(list.name() + " has a mistake in line " + std::to_string(fault.line) + ": " +
                       fault.what);
    }
    visit(job);
  }
}

// Their ids stay taken.
void warn_of_forgotten(const std::vector<std::string>& ids, JobIndex& index) {
  const auto forgotten = index.forgotten_of({ids.begin(), ids.end()}, nullptr);
  if (forgotten.empty()) return;
  say("holdfast: warning: " + jobs_text(forgotten.size()) + " of these, " + *forgotten.begin() +
      (forgotten.size() > 1 ? " and others, were" : ", was") +
      " taken away with holdfast forget and will not run: give them a new id\n");
}

}  // namespace

JobList open_jobs(const JobsGiven& given) {
  JobList list = given.sweep.empty() ? open_list(given.list)
                                     : JobList::of_sweep(given.sweep, given.group, "the sweep");
  list.give_labels(given.labels);
  return list;
}

std::string base_of(const JobsGiven& given) {
  if (given.sweep.empty()) return given.list;
  return given.group.empty() ? name_of_sweep(given.sweep) : given.group;
}

std::string group_of(const JobsGiven& given) {
  if (!given.group.empty()) return given.group;
  return given.sweep.empty() ? group_of_list(given.list) : name_of_sweep(given.sweep);
}

void note_group(const std::string& group, const JobList& list, Store& store, const Clock& clock,
                const FleetLayout& layout) {
  JobGroups groups(store, clock, layout);
  JobIndex index(store, clock, layout);
  std::vector<std::string> ids;
  const auto note = [&] {
    groups.add(group, ids);
    warn_of_forgotten(ids, index);
    ids.clear();
  };
  each_job(list, [&](const ListedJob& job) {
    ids.push_back(job.id);
    if (ids.size() == kJobsPerNote) note();
  });
  note();
}

void print_jobs(const JobList& list) {
  each_job(list, [](const ListedJob& job) { print(job.body + "\n"); });
}

}  // namespace holdfast
