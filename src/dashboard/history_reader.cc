#include "dashboard/history_reader.h"

#include <algorithm>
#include <vector>

#include "base/thread_pool.h"
#include "core/store_layout.h"
#include "joblog/job_log.h"

namespace holdfast {

namespace {

constexpr Duration kRequest = std::chrono::seconds(30);
constexpr int kAtOnce = 8;
// Below this, threads cost more than they gain.
constexpr std::uint64_t kWorthThreads = 8;

// nullopt: it is not there, or damaged.
std::optional<Record> read_record(Store& store, const Clock& clock, const StoreLayout& layout,
                                  std::uint64_t number) {
  const auto bytes = store.get(layout.record(number), kRecordBytesMax, clock.now() + kRequest);
  if (!bytes) return std::nullopt;
  try {
    return record_from_json(*bytes);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<JobHistory> HistoryReader::known(const std::string& job) {
  std::optional<JobHistory> history;
  state_.with([&](State& state) {
    const auto found = state.jobs.find(job);
    if (found == state.jobs.end()) return;
    found->second.used = ++state.uses;
    history = found->second.history;
  });
  return history;
}

void HistoryReader::keep(const std::string& job, const JobHistory& history) {
  state_.with([&](State& state) {
    if (state.jobs.size() >= kJobsKept && !state.jobs.contains(job)) {
      state.jobs.erase(std::min_element(
          state.jobs.begin(), state.jobs.end(),
          [](const auto& a, const auto& b) { return a.second.used < b.second.used; }));
    }
    state.jobs[job] = {history, ++state.uses};
  });
}

JobHistory HistoryReader::read(const JobId& job, std::uint64_t number) {
  JobHistory history = known(job.text()).value_or(JobHistory{});
  const std::uint64_t before = history.newest ? history.newest->number : 0;
  if (number == 0 && before == 0) {
    const auto newest = JobLog(store_, clock_, job).read(clock_.now() + kRequest);
    if (!newest) return history;
    number = newest->number;
  }
  const std::uint64_t from =
      std::max(before + 1, number > kRecordsMax ? number - kRecordsMax + 1 : 1);
  if (from > before + 1) history.lanes.records_missing += from - before - 1;
  const StoreLayout layout(job);
  std::vector<std::optional<Record>> records(number >= from ? number - from + 1 : 0);
  {
    ThreadPool readers(records.size() > kWorthThreads ? kAtOnce : 1, false);
    for (std::size_t i = 0; i < records.size(); ++i) {
      readers.give([&, i] { records[i] = read_record(store_, clock_, layout, from + i); });
    }
    readers.finish();
  }
  const auto take = [&](const std::optional<Record>& record) {
    if (!record) {
      history.lanes.records_missing += 1;
      return;
    }
    history.lanes.add(*record);
    history.newest = *record;
  };
  for (const auto& record : records) take(record);
  // Those that came since.
  for (std::uint64_t more = 0; more < kRecordsMax; ++more) {
    const std::uint64_t next = (history.newest ? history.newest->number : 0) + 1;
    if (next <= number) break;  // The newest is damaged: nothing can follow.
    const auto record = read_record(store_, clock_, layout, next);
    if (!record) break;
    take(record);
  }
  // Also of what was read before it was.
  if (history.newest && is_forgotten(*history.newest)) history.lanes = {};
  keep(job.text(), history);
  return history;
}

}  // namespace holdfast
