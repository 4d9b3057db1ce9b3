#include "simulate/past.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/interval.h"

namespace holdfast {

namespace {

constexpr double kMillisecondsAnHour = 3'600'000;
constexpr double kSecondsAnHour = 3600;
// Records say when in whole seconds: less than one cannot be told from one half.
constexpr double kSecondsLeast = 0.5;
// Fewer say too little.
constexpr std::uint64_t kInterruptionsEnough = 5;

Hours hours_of(std::uint64_t milliseconds) {
  return Hours(static_cast<double>(milliseconds) / kMillisecondsAnHour);
}

std::uint32_t most_at_once(const std::vector<PastAttempt>& attempts) {
  std::vector<std::pair<std::int64_t, int>> changes;
  for (const PastAttempt& one : attempts) {
    if (one.claimed == 0 || one.end < one.claimed) continue;
    changes.emplace_back(one.claimed, 1);
    changes.emplace_back(one.end, -1);  // Before a claim of the same second.
  }
  std::sort(changes.begin(), changes.end());
  int now = 0;
  int most = 1;
  for (const auto& [when, change] : changes) most = std::max(most, now += change);
  return static_cast<std::uint32_t>(most);
}

// From one interruption of a machine to the next, what it spent on jobs.
std::vector<SeenLifetime> lifetimes_of(const std::vector<PastAttempt>& attempts) {
  std::vector<const PastAttempt*> in_order;
  for (const PastAttempt& one : attempts) in_order.push_back(&one);
  std::stable_sort(
      in_order.begin(), in_order.end(),
      [](const PastAttempt* a, const PastAttempt* b) { return a->claimed < b->claimed; });
  std::vector<SeenLifetime> lifetimes;
  std::map<std::string, Hours> alive;  // By worker, for how long.
  for (const PastAttempt* one : in_order) {
    const Hours held = hours_of(one->spent.paid());
    if (one->worker.empty()) {
      lifetimes.push_back({held, one->interrupted});
      continue;
    }
    Hours& age = alive[one->worker];
    age += held;
    if (!one->interrupted) continue;
    lifetimes.push_back({age, true});
    alive.erase(one->worker);
  }
  for (const auto& [worker, age] : alive) lifetimes.push_back({age, false});
  std::erase_if(lifetimes, [](const SeenLifetime& one) { return one.length <= Hours(0); });
  return lifetimes;
}

}  // namespace

Past past_of(const std::vector<PastAttempt>& attempts) {
  Past past;
  double interval_seconds = 0;
  double upload_seconds = 0;
  std::uint64_t intervals = 0;
  for (const PastAttempt& one : attempts) {
    past.attempts += 1;
    past.interruptions += one.interrupted ? 1 : 0;
    past.completed += one.completed ? 1 : 0;
    past.spent += one.spent;
    const PastCheckpoint* before = nullptr;
    for (const PastCheckpoint& checkpoint : one.checkpoints) {
      past.checkpoints += 1;
      past.checkpoint_bytes += static_cast<double>(checkpoint.bytes);
      upload_seconds +=
          std::max(static_cast<double>(checkpoint.stored - checkpoint.shows), kSecondsLeast);
      if (before != nullptr && checkpoint.shows > before->shows) {
        interval_seconds += static_cast<double>(checkpoint.shows - before->shows);
        intervals += 1;
      }
      before = &checkpoint;
    }
  }
  past.machines_most = most_at_once(attempts);
  past.lifetimes = lifetimes_of(attempts);
  const Hours paid = hours_of(past.spent.paid());
  // With few interruptions the usual one is a better guess than what was seen.
  past.mtbf = Hours(mean_time_between_interruptions(
      {std::chrono::duration_cast<Duration>(paid), past.interruptions}));
  if (past.interruptions >= kInterruptionsEnough) {
    past.mtbf = paid / static_cast<double>(past.interruptions);
  }
  if (past.checkpoints > 0) {
    const auto count = static_cast<double>(past.checkpoints);
    past.held = hours_of(past.spent.frozen) / count;
    past.upload = Hours(upload_seconds / count / kSecondsAnHour);
    past.checkpoint_bytes /= count;
  }
  if (intervals > 0) {
    past.interval = Hours(interval_seconds / static_cast<double>(intervals) / kSecondsAnHour);
  }
  if (past.attempts > 0) {
    past.restart = hours_of(past.spent.restoring) / static_cast<double>(past.attempts);
  }
  if (past.completed > 0) {
    past.job_length = hours_of(past.spent.useful) / static_cast<double>(past.completed);
  }
  return past;
}

Scenario scenario_after(const Past& past, std::uint64_t jobs, double dollars_per_hour) {
  Scenario scenario;
  scenario.jobs = jobs;
  scenario.job_length = past.job_length;
  scenario.mtbf = past.mtbf;
  if (past.interruptions >= kInterruptionsEnough)
    scenario.lifetimes = LifetimeCurve(past.lifetimes);
  scenario.checkpoint_bytes = std::max(past.checkpoint_bytes, 1.0);
  if (past.upload > Hours(0)) {
    scenario.uplink = scenario.checkpoint_bytes / (past.upload.count() * kSecondsAnHour);
  }
  // What a restart took holds the download, too.
  scenario.downlink = 1e15;
  scenario.restart_cost = past.restart;
  scenario.replicas_max = past.machines_most;
  scenario.dollars_per_hour = dollars_per_hour;
  return scenario;
}

Way way_of_the_past(const Scenario& scenario, const Past& past) {
  Way way = our_way(scenario);
  way.name = "as it was";
  way.held = past.held;
  if (past.interval > Hours(0)) way.interval = past.interval;
  return way;
}

}  // namespace holdfast
