#include "status/job_watch.h"

#include <optional>
#include <set>
#include <utility>

#include "base/thread_pool.h"
#include "holdfast/error.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kRead = std::chrono::seconds(30);

// nullopt if it goes on.
std::optional<EndedJob> ended_by_log(const JobId& id, Store& store, const Clock& clock) {
  try {
    const auto newest = JobLog(store, clock, id).read(clock.now() + kRead);
    if (!newest || !is_end(newest->state)) return std::nullopt;
    return EndedJob{id, newest->state, newest->attempt.value, newest->reason};
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return EndedJob{id, JobState::dead, 0, "damaged", error.what()};
  }
}

}  // namespace

JobWatch::JobWatch(JobIndex& index, const FoldCache* cache, Store& store, const Clock& clock,
                   const std::vector<JobId>& jobs)
    : index_(index), cache_(cache), store_(store), clock_(clock) {
  add(jobs);
}

void JobWatch::add(const std::vector<JobId>& jobs) {
  for (const JobId& job : jobs) open_.emplace(job.text(), job);
}

std::vector<EndedJob> JobWatch::look() {
  if (open_.empty()) return {};
  std::set<std::string> names;
  for (const auto& [name, id] : open_) names.insert(name);
  // By id. They leave open_ last, so that a look that throws loses none.
  std::map<std::string, EndedJob> ended;
  const auto take = [&](const IndexEntry& entry) {
    if (!is_end(entry.state)) return;
    ended.emplace(entry.job,
                  EndedJob{open_.at(entry.job), entry.state, entry.attempt, entry.reason});
  };
  static_cast<void>(index_.read_of(names, take, cache_));

  std::vector<JobId> to_read;
  auto next = open_.upper_bound(log_read_last_);
  for (std::size_t i = 0; i < open_.size() && to_read.size() < kLogsPerLook; ++i, ++next) {
    if (next == open_.end()) next = open_.begin();
    if (!ended.contains(next->first)) to_read.push_back(next->second);
  }
  ThreadPool readers(static_cast<int>(to_read.size()), /*background=*/false);
  for (const JobId& id : to_read) {
    readers.give([&, id] {
      auto found = ended_by_log(id, store_, clock_);
      readers.alone([&] {
        if (found) ended.emplace(id.text(), std::move(*found));
      });
    });
  }
  readers.finish();
  if (!to_read.empty()) log_read_last_ = to_read.back().text();
  std::vector<EndedJob> jobs;
  for (auto& [name, job] : ended) {
    open_.erase(name);
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace holdfast
