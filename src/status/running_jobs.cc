#include "status/running_jobs.h"

#include "status/each_job.h"

namespace holdfast {

std::map<std::string, std::string> running_jobs(Store& store, const Clock& clock) {
  std::map<std::string, std::string> jobs;
  for_each_job(
      store, clock,
      [&](const FoundJob& job) {
        if (!job.newest || job.newest->state != JobState::running) return;
        jobs[job.newest->worker] = job.id->text();
      },
      [] { return true; });
  return jobs;
}

}  // namespace holdfast
