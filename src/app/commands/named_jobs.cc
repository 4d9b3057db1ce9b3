#include "app/commands/named_jobs.h"

#include <filesystem>
#include <set>

#include "app/commands/places.h"
#include "app/commands/submission.h"
#include "app/usage_error.h"
#include "submit/job_list.h"

namespace holdfast {

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

std::vector<JobId> named_jobs(const JobsNamed& named) {
  std::vector<JobId> jobs;
  for (const std::string& word : named.jobs) {
    auto id = JobId::parse(word);
    if (!id) throw UsageError(JobId::what_is_wrong(word));
    jobs.push_back(std::move(*id));
  }
  if (!named.list.empty()) {
    for (JobId& id : ids_in(open_list(named.list))) jobs.push_back(std::move(id));
  }
  if (jobs.empty()) throw UsageError("say which jobs: their ids, or --list FILE");
  std::set<std::string> seen;
  std::erase_if(jobs, [&](const JobId& id) { return !seen.insert(id.text()).second; });
  return jobs;
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
