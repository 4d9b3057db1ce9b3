// The jobs of a queue by its index: counts of all, and those that a person asks for, at any scale.
// Memory grows with the jobs that are listed, not with those that there are.
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

namespace holdfast {

struct JobFilter {
  std::set<JobState> states = {};  // Empty: any. Likewise below.
  std::string reason = {};         // Of dead ones.
  std::string worker = {};
  std::string text = {};  // Part of the job's id.

  bool takes(const IndexEntry& entry) const;
};

enum class JobOrder {
  id,
  changed,   // Newest first.
  lag,       // Running ones whose durable state is the oldest first.
  progress,  // The furthest first.
  attempts,  // Most first.
};
// The words of the command line, in the order above.
inline constexpr std::array kJobOrders = {"id", "changed", "lag", "progress", "attempts"};
std::optional<JobOrder> job_order_from(std::string_view word);

struct JobCounts {
  std::uint64_t waiting = 0;  // Tried and not finished: they wait for their next attempt.
  std::uint64_t running = 0;
  std::uint64_t completed = 0;
  std::uint64_t dead = 0;
  std::uint64_t cancelled = 0;

  std::uint64_t all() const { return waiting + running + completed + dead + cancelled; }
  void add(JobState state);
};

// Jobs that completed within the last `window_seconds`.
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
// nullopt if nothing completed: nothing can be said then.
std::optional<Forecast> forecast(const Throughput& throughput, std::uint64_t left);

struct JobList {
  JobCounts counts;                 // Of all jobs.
  std::uint64_t matching = 0;       // Jobs that the filter takes.
  std::vector<IndexEntry> jobs;     // Of those the first `count_max` in the order asked for.
  std::vector<IndexEntry> running;  // All that run, at most kRunningMax, by id.
  Throughput throughput;
  std::vector<std::string> problems;  // As of IndexReading.
};
constexpr std::size_t kRunningMax = 10'000;

// `now` is this machine's wall time in seconds: ages are for people. Throws Error.
JobList list_jobs(JobIndex& index, const FoldCache* cache, const JobFilter& filter, JobOrder order,
                  std::size_t count_max, std::int64_t now);

// Seconds of work of a running job that are not durable; nullopt if that is not known.
std::optional<std::int64_t> lag_of(const IndexEntry& entry, std::int64_t now);

}  // namespace holdfast
