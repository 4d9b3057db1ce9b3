#include "status/running_jobs.h"

#include "base/crew.h"
#include "checkpoint/job_log.h"
#include "core/job.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr int kReaders = 8;
constexpr std::size_t kPage = 500;
constexpr Duration kRequest = std::chrono::seconds(30);

// Empty unless the job runs.
std::string worker_of(const JobId& job, Store& store, const Clock& clock) {
  try {
    JobLog log(store, clock, job);
    const auto& newest = log.read(clock.now() + kRequest);
    return newest && newest->state == JobState::running ? newest->worker : "";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return {};
  }
}

}  // namespace

std::map<std::string, std::string> running_jobs(Store& store, const Clock& clock) {
  std::map<std::string, std::string> jobs;
  Crew readers(kReaders, false);
  std::string after;
  for (;;) {  // Ends with the store's folders.
    const auto folders = store.list_folders(after, kPage, clock.now() + kRequest);
    for (const std::string& folder : folders) {
      const auto job = JobId::parse(folder);
      if (!job) continue;
      readers.give([&store, &clock, &readers, &jobs, id = *job, folder] {
        const std::string worker = worker_of(id, store, clock);
        if (worker.empty()) return;
        readers.alone([&] { jobs[worker] = folder; });
      });
    }
    if (folders.size() < kPage) break;
    after = folders.back();
  }
  readers.finish();
  return jobs;
}

}  // namespace holdfast
