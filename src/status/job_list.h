// The jobs of a queue: counts of all, how fast they are completed, what would be lost now, and
// those that a person asks for. By the job index, at any scale; or, where that does not know all
// jobs, by their logs. Memory grows with the jobs that are listed, not with those that there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/index_entry.h"
#include "index/job_index.h"
#include "ports/clock.h"
#include "ports/store.h"

namespace holdfast {

struct JobFilter {
  std::set<JobState> states = {};  // Empty: any. Likewise below.
  std::string reason = {};         // Of dead ones.
  std::string worker = {};
  std::string text = {};                         // Part of the job's id.
  const std::set<std::string>* among = nullptr;  // Ids; nullptr: any. Borrowed.

  bool takes(const IndexEntry& entry) const;
};

enum class JobOrder {
  id,
  changed,   // Newest first.
  lag,       // Running ones whose durable state is the oldest first.
  progress,  // The furthest first.
  attempts,  // Most first.
  cost,      // That used the most time first.
  age,       // That changed the longest ago first.
};
// The words of the command line, in the order above.
inline constexpr std::array kJobOrders = {"id",       "changed", "lag", "progress",
                                          "attempts", "cost",    "age"};
std::optional<JobOrder> job_order_from(std::string_view word);

// The state, in words, of a job that no worker has taken yet: it has no log.
inline constexpr std::string_view kUnclaimed = "unclaimed";

struct JobCounts {
  std::uint64_t waiting = 0;  // Tried and not finished: they wait for their next attempt.
  std::uint64_t running = 0;
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;

  std::uint64_t all() const { return waiting + running + completed + dead + cancelled; }
  void add(JobState state);
};

// Jobs that were completed within the last `window_seconds`, by the newest hundred completions of
// the last day.
struct Throughput {
  std::uint64_t completed = 0;
  std::int64_t window_seconds = 0;
};

// When `left` jobs will be completed, if things go on as they did: the middle, and a band in which
// it falls in about eight cases of ten (the number of completions taken as Poisson-distributed).
struct Forecast {
  double per_hour = 0;
  double seconds_low = 0;
  double seconds = 0;
  double seconds_high = 0;
};
// Not before `longest` seconds, which one job alone still needs (rest_of). nullopt if nothing
// completed: nothing can be said then.
std::optional<Forecast> forecast(const Throughput& throughput, std::uint64_t left,
                                 double longest = 0);

// Work that no checkpoint holds: what would be done again if every machine vanished now.
struct AtRisk {
  std::uint64_t seconds = 0;      // Of all running jobs together.
  std::int64_t seconds_most = 0;  // Of the one with the most.
  std::string job = {};           // That one; empty: none runs.
};

struct JobOverview {
  JobCounts counts;                 // Of all jobs.
  std::uint64_t matching = 0;       // Jobs that the filter takes.
  std::vector<IndexEntry> jobs;     // Of those the first `count_max` in the order asked for.
  std::vector<IndexEntry> running;  // All that run, at most kRunningMax, by id.
  Throughput throughput;
  AtRisk at_risk;
  double rest_longest = 0;            // As of rest_of, of the job that needs the most.
  TimeAccount spent;                  // By all jobs.
  std::set<std::string> unclaimed;    // If asked for: those of `among` that no worker has taken.
  std::vector<std::string> problems;  // As of IndexReading.
  // By the logs only. Folders without a log: jobs of another program, or no jobs at all.
  std::uint64_t without_log = 0;
  std::uint64_t damaged = 0;  // Their logs cannot be read.
};
constexpr std::size_t kRunningMax = 10'000;

struct JobQuestion {
  JobFilter filter = {};
  JobOrder order = JobOrder::id;
  std::size_t count_max = 0;
  std::int64_t now = 0;         // This machine's wall time in seconds: ages are for people.
  bool find_unclaimed = false;  // Needs filter.among; takes memory for as many ids.
};

// The index tells of progress every five minutes only. Where so few jobs run, their logs are read.
constexpr std::size_t kFewRunning = 10;
// What the log says of a job that runs by its entry, or the entry itself.
using ReadLog = std::function<IndexEntry(const IndexEntry& entry)>;
IndexEntry by_its_log(const IndexEntry& entry, Store& store, const Clock& clock);
// Every job of the index, once. Throws Error.
IndexReading read_jobs(JobIndex& index, const FoldCache* cache,
                       const std::function<void(const IndexEntry&)>& add, const ReadLog& read_log);

// Throws Error.
JobOverview list_jobs(JobIndex& index, const FoldCache* cache, const JobQuestion& question,
                      const ReadLog& read_log = {});

// The same from the newest record of every job of the store, whichever queue it belongs to: two
// requests a job. `go_on` is asked now and then, on the caller's thread, with the jobs that were
// seen so far; false ends it early. Throws Error.
JobOverview list_jobs_by_logs(Store& store, const Clock& clock, const JobQuestion& question,
                              const std::function<bool(std::uint64_t seen)>& go_on);

// A worker that was killed just after it ended a job may have left the index with a job that runs.
// Reads the logs of running jobs of which nothing was noted for long, kStaleReadMax of them at
// most, and corrects their entries. True if one was wrong. Throws Error.
constexpr std::int64_t kStaleSeconds = 15 * 60;
constexpr std::size_t kStaleReadMax = 64;
bool mend_stale(const JobOverview& list, JobIndex& index, Store& store, const Clock& clock,
                std::int64_t now);

// Seconds of work of a running job that are not durable; nullopt if that is not known.
std::optional<std::int64_t> lag_of(const IndexEntry& entry, std::int64_t now);

// Seconds that a job still has to run, if it goes on as fast as it did; 0 if that is not known: it
// reported no progress, or less than a hundredth.
double rest_of(const IndexEntry& entry, std::int64_t now);

}  // namespace holdfast
