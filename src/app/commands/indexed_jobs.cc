#include "app/commands/indexed_jobs.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "base/thread_pool.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kRead = std::chrono::seconds(30);
constexpr std::size_t kAtOnce = 16;

std::vector<JobId> ids_wanted(QueueIndex& index, const JobsNamed& named, const PlaceOptions& place,
                              const std::string& state, Clock& clock,
                              const std::function<bool(const IndexEntry&)>& wanted) {
  const bool all = named.jobs.empty() && named.list.empty() && named.group.empty();
  std::set<std::string> ids;
  const auto take = [&](const IndexEntry& job) {
    if (wanted(job)) ids.insert(job.job);
  };
  if (all) {
    static_cast<void>(index.jobs().read(take, index.cache()));
  } else {
    std::set<std::string> some;
    for (const JobId& id : named_jobs(named, place, state, clock)) some.insert(id.text());
    static_cast<void>(index.jobs().read_of(some, take, index.cache()));
  }
  std::vector<JobId> jobs;
  for (const std::string& id : ids) jobs.push_back(*JobId::parse(id));
  return jobs;
}

}  // namespace

void each_indexed_job(QueueIndex& index, const JobsNamed& named, const PlaceOptions& place,
                      const std::string& state, Clock& clock, const std::stop_token& stop,
                      const std::function<bool(const IndexEntry&)>& wanted,
                      const std::function<void(const JobId&, const Record&)>& visit,
                      const std::function<void(const JobId&, const std::string& why)>& damaged) {
  struct Answer {
    std::optional<Record> newest;
    std::string damage;
  };
  const std::vector<JobId> jobs = ids_wanted(index, named, place, state, clock, wanted);
  for (std::size_t begin = 0; begin < jobs.size() && !stop.stop_requested(); begin += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, jobs.size() - begin);
    std::vector<Answer> answers(count);
    ThreadPool readers(static_cast<int>(count), /*background=*/false);
    for (std::size_t i = 0; i < count; ++i) {
      readers.give([&, i] {
        try {
          answers[i].newest =
              JobLog(index.store(), clock, jobs[begin + i]).read(clock.now() + kRead);
        } catch (const Error& error) {
          if (error.kind() != ErrorKind::corrupt) throw;
          answers[i].damage = error.what();
        }
      });
    }
    readers.finish();
    for (std::size_t i = 0; i < count; ++i) {
      const JobId& id = jobs[begin + i];
      if (!answers[i].damage.empty()) damaged(id, answers[i].damage);
      if (!answers[i].newest) continue;
      try {
        visit(id, *answers[i].newest);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::corrupt) throw;
        damaged(id, error.what());
      }
    }
  }
}

}  // namespace holdfast
