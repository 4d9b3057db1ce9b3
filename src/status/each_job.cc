#include "status/each_job.h"

#include "base/thread_pool.h"
#include "core/store_layout.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr int kReaders = 8;
constexpr std::size_t kPage = 500;
constexpr Duration kRequest = std::chrono::seconds(30);

FoundJob find(const std::string& folder, Store& store, const Clock& clock) {
  FoundJob job{JobId::parse(folder), {}, {}};
  if (!job.id) return job;
  try {
    job.newest = JobLog(store, clock, *job.id).read(clock.now() + kRequest);
  } catch (const Error& error) {
    // One damaged log shall not hide all others.
    if (error.kind() != ErrorKind::corrupt) throw;
    job.damage = error.what();
  }
  return job;
}

}  // namespace

void for_each_job(Store& store, const Clock& clock,
                  const std::function<void(const FoundJob&)>& visit,
                  const std::function<bool()>& go_on) {
  ThreadPool readers(kReaders, /*background=*/false);
  std::string after;
  for (;;) {  // Ends with the store's folders.
    const auto folders =
        store.list_folders(std::string(kJobsPrefix), after, kPage, clock.now() + kRequest);
    for (const std::string& folder : folders) {
      readers.give([&store, &clock, &readers, &visit, folder] {
        const FoundJob job = find(folder, store, clock);
        readers.alone([&] { visit(job); });
      });
    }
    readers.finish();
    if (!go_on() || folders.size() < kPage) return;
    after = folders.back();
  }
}

}  // namespace holdfast
