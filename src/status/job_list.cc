#include "status/job_list.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace holdfast {

namespace {

// The first window with enough completions says how fast it goes.
constexpr std::array<std::int64_t, 4> kWindows = {600, 3600, 6 * 3600, 24 * 3600};
constexpr std::uint64_t kEnough = 30;
// Eight of ten of a normal distribution lie within so many deviations.
constexpr double kDeviations = 1.28;
constexpr double kSecondsAnHour = 3600;

// Whether `a` is listed before `b`.
class Before {
 public:
  Before(JobOrder order, std::int64_t now) : order_(order), now_(now) {}

  bool operator()(const IndexEntry& a, const IndexEntry& b) const {
    const double left = key(a);
    const double right = key(b);
    return left != right ? left > right : a.job < b.job;
  }

 private:
  double key(const IndexEntry& entry) const {
    switch (order_) {
      case JobOrder::id:
        return 0;
      case JobOrder::changed:
        return static_cast<double>(entry.changed);
      case JobOrder::lag:
        return static_cast<double>(lag_of(entry, now_).value_or(-1));
      case JobOrder::progress:
        return entry.fraction.value_or(-1);
      case JobOrder::attempts:
        return static_cast<double>(entry.attempt);
    }
    return 0;
  }

  const JobOrder order_;
  const std::int64_t now_;
};

}  // namespace

bool JobFilter::takes(const IndexEntry& entry) const {
  return (states.empty() || states.contains(entry.state)) &&
         (reason.empty() || entry.reason == reason) && (worker.empty() || entry.worker == worker) &&
         (text.empty() || entry.job.find(text) != std::string::npos);
}

std::optional<JobOrder> job_order_from(std::string_view word) {
  const auto found = std::find(kJobOrders.begin(), kJobOrders.end(), word);
  if (found == kJobOrders.end()) return std::nullopt;
  return static_cast<JobOrder>(found - kJobOrders.begin());
}

void JobCounts::add(JobState state) {
  switch (state) {
    case JobState::waiting:
      waiting += 1;
      return;
    case JobState::running:
      running += 1;
      return;
    case JobState::completed:
      completed += 1;
      return;
    case JobState::dead:
      dead += 1;
      return;
    case JobState::cancelled:
      cancelled += 1;
      return;
  }
}

std::optional<Forecast> forecast(const Throughput& throughput, std::uint64_t left) {
  if (throughput.completed == 0 || throughput.window_seconds <= 0) return std::nullopt;
  const auto done = static_cast<double>(throughput.completed);
  const auto window = static_cast<double>(throughput.window_seconds);
  const double spread = kDeviations * std::sqrt(done);
  const double work = static_cast<double>(left) * window;
  // With few completions the slow end is open: one fewer than one is none.
  const double slowest = std::max(done - spread, done / 4);
  return Forecast{done / window * kSecondsAnHour, work / (done + spread), work / done,
                  work / slowest};
}

std::optional<std::int64_t> lag_of(const IndexEntry& entry, std::int64_t now) {
  if (entry.state != JobState::running || entry.durable == 0) return std::nullopt;
  return std::max<std::int64_t>(now - entry.durable, 0);
}

JobList list_jobs(JobIndex& index, const FoldCache* cache, const JobFilter& filter, JobOrder order,
                  std::size_t count_max, std::int64_t now) {
  JobList list;
  const Before before(order, now);
  std::array<std::uint64_t, kWindows.size()> completed{};
  std::vector<IndexEntry>& jobs = list.jobs;  // A heap: the last in order on top.
  const auto reading = index.read(
      [&](const IndexEntry& entry) {
        list.counts.add(entry.state);
        if (entry.state == JobState::running && list.running.size() < kRunningMax) {
          list.running.push_back(entry);
        }
        if (entry.state == JobState::completed) {
          for (std::size_t i = 0; i < kWindows.size(); ++i) {
            completed[i] += entry.changed > now - kWindows[i] ? 1 : 0;
          }
        }
        if (!filter.takes(entry)) return;
        list.matching += 1;
        if (count_max == 0) return;
        if (jobs.size() == count_max) {
          if (!before(entry, jobs.front())) return;
          std::pop_heap(jobs.begin(), jobs.end(), before);
          jobs.pop_back();
        }
        jobs.push_back(entry);
        std::push_heap(jobs.begin(), jobs.end(), before);
      },
      cache);
  std::sort_heap(jobs.begin(), jobs.end(), before);
  std::sort(list.running.begin(), list.running.end(), Before(JobOrder::id, now));
  list.problems = reading.problems;
  const auto enough = std::find_if(completed.begin(), completed.end() - 1,
                                   [](std::uint64_t count) { return count >= kEnough; });
  const auto window = static_cast<std::size_t>(enough - completed.begin());
  list.throughput = {completed[window], kWindows[window]};
  return list;
}

}  // namespace holdfast
