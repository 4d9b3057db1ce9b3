#include "status/job_list.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "joblog/job_log.h"
#include "status/each_job.h"
#include "status/pace.h"

namespace holdfast {

namespace {

// Eight of ten of a normal distribution lie within so many deviations.
constexpr double kDeviations = 1.28;
constexpr double kSecondsAnHour = 3600;
constexpr double kMillisecondsASecond = 1000;
constexpr double kFractionMin = 0.01;  // Less says too little about the rest.
constexpr Duration kRequest = std::chrono::seconds(30);

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
      case JobOrder::cost:
        return static_cast<double>(entry.spent.paid());
      case JobOrder::age:
        return -static_cast<double>(entry.changed);
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
         (among == nullptr || among->contains(entry.job)) &&
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

std::optional<Forecast> forecast(const Throughput& throughput, std::uint64_t left, double longest) {
  if (throughput.completed == 0 || throughput.window_seconds <= 0) return std::nullopt;
  const auto done = static_cast<double>(throughput.completed);
  const auto window = static_cast<double>(throughput.window_seconds);
  const double spread = kDeviations * std::sqrt(done);
  const double work = static_cast<double>(left) * window;
  // With few completions the slow end is open: one fewer than one is none.
  const double slowest = std::max(done - spread, done / 4);
  return Forecast{done / window * kSecondsAnHour, std::max(work / (done + spread), longest),
                  std::max(work / done, longest), std::max(work / slowest, longest)};
}

std::optional<std::int64_t> lag_of(const IndexEntry& entry, std::int64_t now) {
  if (entry.state != JobState::running || entry.durable == 0) return std::nullopt;
  return std::max<std::int64_t>(now - entry.durable, 0);
}

double rest_of(const IndexEntry& entry, std::int64_t now) {
  const double done = entry.fraction.value_or(0);
  if (is_end(entry.state) || done < kFractionMin || done >= 1) return 0;
  // Both are of the newest checkpoint.
  const double useful = static_cast<double>(entry.spent.useful) / kMillisecondsASecond;
  const auto since = static_cast<double>(lag_of(entry, now).value_or(0));
  return std::max(useful * (1 - done) / done - since, 0.0);
}

namespace {

// Takes every job once and keeps what the question asks for.
class Listing {
 public:
  explicit Listing(const JobQuestion& question)
      : question_(question), before_(question.order, question.now) {
    if (question.find_unclaimed) list_.unclaimed = *question.filter.among;
  }

  void add(const IndexEntry& entry) {
    list_.unclaimed.erase(entry.job);
    list_.counts.add(entry.state);
    list_.spent += entry.spent;
    list_.rest_longest = std::max(list_.rest_longest, rest_of(entry, question_.now));
    if (entry.state == JobState::running) add_running(entry);
    if (entry.state == JobState::completed) {
      pace_.add(entry.changed, entry.ran_seconds, question_.now);
    }
    if (!question_.filter.takes(entry)) return;
    list_.matching += 1;
    if (question_.count_max > 0) keep(entry);
  }

  void add_without_log() { list_.without_log += 1; }
  void add_damaged() { list_.damaged += 1; }

  JobOverview finish() {
    std::sort_heap(list_.jobs.begin(), list_.jobs.end(), before_);
    std::sort(list_.running.begin(), list_.running.end(), Before(JobOrder::id, question_.now));
    list_.throughput = pace_.throughput(question_.now);
    return std::move(list_);
  }

 private:
  void add_running(const IndexEntry& entry) {
    if (list_.running.size() < kRunningMax) list_.running.push_back(entry);
    const std::int64_t lag = lag_of(entry, question_.now).value_or(0);
    list_.at_risk.seconds += static_cast<std::uint64_t>(lag);
    if (!list_.at_risk.job.empty() && lag <= list_.at_risk.seconds_most) return;
    list_.at_risk.seconds_most = lag;
    list_.at_risk.job = entry.job;
  }

  void keep(const IndexEntry& entry) {
    std::vector<IndexEntry>& jobs = list_.jobs;  // A heap: the last in order on top.
    if (jobs.size() == question_.count_max) {
      if (!before_(entry, jobs.front())) return;
      std::pop_heap(jobs.begin(), jobs.end(), before_);
      jobs.pop_back();
    }
    jobs.push_back(entry);
    std::push_heap(jobs.begin(), jobs.end(), before_);
  }

  const JobQuestion& question_;
  const Before before_;
  Pace pace_;
  JobOverview list_;
};

}  // namespace

IndexEntry by_its_log(const IndexEntry& entry, Store& store, const Clock& clock) {
  const auto job = JobId::parse(entry.job);
  if (!job) return entry;
  try {
    const auto newest = JobLog(store, clock, *job).read(clock.now() + kRequest);
    return newest && newest->number > entry.number ? index_entry(*job, *newest) : entry;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) throw;
    return entry;  // It is listed as the index has it.
  }
}

IndexReading read_jobs(JobIndex& index, const FoldCache* cache,
                       const std::function<void(const IndexEntry&)>& add, const ReadLog& read_log) {
  std::vector<IndexEntry> running;  // Not given yet; empty once they are many.
  bool few = static_cast<bool>(read_log);
  IndexReading reading = index.read(
      [&](const IndexEntry& entry) {
        if (!few || entry.state != JobState::running) return add(entry);
        running.push_back(entry);
        if (running.size() <= kFewRunning) return;
        for (const IndexEntry& one : running) add(one);
        running.clear();
        few = false;
      },
      cache);
  for (const IndexEntry& one : running) add(read_log(one));
  return reading;
}

JobOverview list_jobs(JobIndex& index, const FoldCache* cache, const JobQuestion& question,
                      const ReadLog& read_log) {
  Listing listing(question);
  const IndexReading reading = read_jobs(
      index, cache, [&](const IndexEntry& entry) { listing.add(entry); }, read_log);
  JobOverview list = listing.finish();
  list.problems = reading.problems;
  return list;
}

JobOverview list_jobs_by_logs(Store& store, const Clock& clock, const JobQuestion& question,
                              const std::function<bool(std::uint64_t)>& go_on) {
  Listing listing(question);
  std::uint64_t seen = 0;
  for_each_job(
      store, clock,
      [&](const FoundJob& job) {
        seen += 1;
        if (job.newest && is_forgotten(*job.newest)) return;
        if (job.newest) return listing.add(index_entry(*job.id, *job.newest));
        job.damage.empty() ? listing.add_without_log() : listing.add_damaged();
      },
      [&] { return go_on(seen); });
  return listing.finish();
}

bool mend_stale(const JobOverview& list, JobIndex& index, Store& store, const Clock& clock,
                std::int64_t now) {
  std::vector<IndexEntry> stale;
  for (const IndexEntry& entry : list.running) {
    if (entry.changed < now - kStaleSeconds) stale.push_back(entry);
  }
  std::sort(stale.begin(), stale.end(),
            [](const IndexEntry& a, const IndexEntry& b) { return a.changed < b.changed; });
  if (stale.size() > kStaleReadMax) stale.resize(kStaleReadMax);
  bool wrong = false;
  for (const IndexEntry& entry : stale) {
    const auto job = JobId::parse(entry.job);
    if (!job) continue;
    const auto newest = JobLog(store, clock, *job).read(clock.now() + kRequest);
    if (!newest || newest->number <= entry.number) continue;
    index.note(index_entry(*job, *newest), entry, clock.now() + kRequest);
    wrong = true;
  }
  return wrong;
}

}  // namespace holdfast
