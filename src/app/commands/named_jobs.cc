#include "app/commands/named_jobs.h"

#include <filesystem>
#include <set>

#include "app/command_line/closest.h"
#include "app/commands/places.h"
#include "app/commands/submission.h"
#include "app/usage_error.h"
#include "core/group.h"
#include "index/job_groups.h"
#include "submit/job_list.h"

namespace holdfast {

namespace {

constexpr const char* kSayWhichJobs = "name the jobs: their ids, --list FILE or --group NAME";

}  // namespace

void require_named(const JobsNamed& named) {
  const bool any = !named.jobs.empty() || !named.list.empty() || !named.group.empty();
  if (!any) throw UsageError(kSayWhichJobs);
}

std::vector<JobId> ids_in(const JobList& list) {
  std::vector<JobId> ids;
  const auto reader = list.read();
  ListedJob job;
  ListFault fault;
  for (;;) {  // Ends with the list.
    const Reading reading = reader->next(job, fault);
    if (reading == Reading::end) return ids;
    if (reading == Reading::fault) {
      throw UsageError("the list " + list.name() + " has a mistake in line " +
                       std::to_string(fault.line) + ": " + fault.what);
    }
    if (auto id = JobId::parse(job.id)) ids.push_back(std::move(*id));
  }
}

std::set<std::string> jobs_of_group(QueueIndex& index, const Clock& clock,
                                    const std::string& group) {
  std::set<std::string> jobs = noted_in_group(index, clock, group);
  for (const std::string& gone : index.jobs().forgotten_of(jobs, index.cache())) jobs.erase(gone);
  return jobs;
}

std::set<std::string> noted_in_group(QueueIndex& index, const Clock& clock,
                                     const std::string& group) {
  // As people know it: by the list's file.
  const std::string name = group_of_list(group);
  JobGroups groups(index.store(), clock, index.layout());
  auto jobs = groups.jobs_of(group);
  if (jobs.empty() && name != group) jobs = groups.jobs_of(name);
  if (!jobs.empty()) return jobs;
  std::vector<std::string> names = groups.names();
  throw UsageError("there is no group '" + group + "' in this store" + did_you_mean(group, names) +
                   (names.empty() ? "; lists that were submitted with an earlier version, or "
                                    "without the store's settings, have none: use --list FILE"
                                  : ""));
}

std::vector<JobId> named_jobs(const JobsNamed& named, const PlaceOptions& place,
                              const std::string& state, Clock& clock) {
  std::vector<JobId> jobs;
  const auto add = [&](const std::string& word) {
    auto id = JobId::parse(word);
    if (!id) throw UsageError(JobId::what_is_wrong(word));
    jobs.push_back(std::move(*id));
  };
  for (const std::string& word : named.jobs) add(word);
  if (!named.list.empty()) {
    for (JobId& id : ids_in(open_list(named.list))) jobs.push_back(std::move(id));
  }
  if (!named.group.empty()) {
    QueueIndex index(place, state, clock);
    for (const std::string& word : jobs_of_group(index, clock, named.group)) add(word);
  } else if (jobs.empty() && !state.empty()) {
    QueueIndex index(place, state, clock);
    std::set<std::string> all;
    static_cast<void>(
        index.jobs().read([&](const IndexEntry& job) { all.insert(job.job); }, index.cache()));
    for (const std::string& word : all) add(word);
  }
  if (jobs.empty()) throw UsageError(kSayWhichJobs);
  std::set<std::string> seen;
  std::erase_if(jobs, [&](const JobId& id) { return !seen.insert(id.text()).second; });
  return jobs;
}

std::vector<JobId> NamedJobs::take_new() {
  std::vector<JobId> joined;
  const auto take = [&](const JobId& id) {
    if (taken_.insert(id.text()).second) joined.push_back(id);
  };
  if (taken_.empty()) {
    for (const JobId& id : named_jobs(named_, place_, state_, clock_)) take(id);
  } else if (!named_.group.empty()) {
    QueueIndex index(place_, state_, clock_);
    try {
      for (const std::string& word : jobs_of_group(index, clock_, named_.group)) {
        if (const auto id = JobId::parse(word)) take(*id);
      }
    } catch (const UsageError&) {
      // The group was forgotten meanwhile.
    }
  }
  return joined;
}

std::string state_of(const JobsNamed& named, const PlaceOptions& place, const std::string& given) {
  if (!given.empty() || named.list.empty()) return given;
  const std::string beside = named.list + ".holdfast";
  if (!std::filesystem::is_directory(beside)) return {};
  const Settings settings = settings_of(place);
  const bool told = settings.find("--store", {"HOLDFAST_STORE", "R2_BUCKET_NAME"}) ||
                    settings.find("--queue", {"AMQP_URL"});
  return told ? std::string() : beside;
}

}  // namespace holdfast
