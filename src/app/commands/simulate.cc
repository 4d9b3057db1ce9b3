// holdfast simulate: a fleet played through, ours beside the guide's.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/duration_text.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/log.h"
#include "core/text.h"
#include "dashboard/history_reader.h"
#include "simulate/fleet_play.h"
#include "simulate/past.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kBytesPerGb = 1e9;
constexpr double kSecondsPerHour = 3600;

struct Played {
  Scenario scenario;
  Way way;
  PlayReport report;
};

Scenario scenario_of(const SimulateOptions& options) {
  Scenario scenario;
  scenario.jobs = options.jobs;
  scenario.job_length = options.job_length;
  scenario.mtbf = options.mtbf;
  scenario.checkpoint_bytes = options.checkpoint_gb * kBytesPerGb;
  scenario.uplink = options.uplink_gb_per_hour * kBytesPerGb / kSecondsPerHour;
  scenario.downlink = options.downlink_gb_per_hour * kBytesPerGb / kSecondsPerHour;
  scenario.replicas_min = options.replicas_min;
  scenario.replicas_max = options.replicas_max;
  scenario.dollars_per_hour = options.dollars_per_hour;
  scenario.decide_every = options.decide_every;
  scenario.cold_start_median = options.cold_start;
  scenario.restart_cost = Hours(options.restart_cost_seconds / kSecondsPerHour);
  scenario.seed = options.seed;
  if (scenario.replicas_min > scenario.replicas_max) {
    throw UsageError("--min-replicas is larger than --max-replicas");
  }
  return scenario;
}

Json json_of(const Played& played) {
  const Scenario& scenario = played.scenario;
  const PlayReport& report = played.report;
  const HoursSpent& spent = report.spent;
  return {{"way", played.way.name},
          {"completed", report.completed},
          {"dead", report.dead},
          {"hours_to_finish", report.finished.count()},
          {"goodput", report.goodput()},
          {"paid_hours", spent.paid().count()},
          {"dollars", spent.paid().count() * scenario.dollars_per_hour},
          {"hours",
           {{"useful", spent.useful.count()},
            {"lost_to_interruptions", spent.lost.count()},
            {"lost_in_scale_in", spent.lost_in_scale_in.count()},
            {"restoring", spent.restoring.count()},
            {"checkpoints", spent.held.count()},
            {"idle", spent.idle.count()}}},
          {"interruptions", report.interruptions},
          {"busy_taken_in_scale_in", report.busy_taken},
          {"checkpoint_interval_hours", played.way.interval.count()}};
}

constexpr std::size_t kWhatWidth = 30;
constexpr std::size_t kWayWidth = 20;

// With so many digits behind the point.
std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

// As short as four digits allow.
std::string brief(double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string whole(double value) {
  return grouped(static_cast<std::uint64_t>(std::llround(value)));
}

std::string interval_text(Hours interval) {
  return brief(std::round(interval.count() * 600) / 10) + " min";
}

// One line a fact, one column a way.
class Table {
 public:
  explicit Table(const std::vector<Played>& ways) : ways_(ways) {}

  template <typename Value>
  void line(const std::string& what, const Value& value) {
    text_ += what + std::string(kWhatWidth - what.size(), ' ');
    for (const Played& played : ways_) {
      const std::string cell = value(played);
      text_ += std::string(kWayWidth - std::min(kWayWidth, cell.size()), ' ') + cell;
    }
    text_ += "\n";
  }
  void count(const std::string& what, std::uint64_t PlayReport::*member) {
    line(what, [&](const Played& played) { return grouped(played.report.*member); });
  }
  void share(const std::string& what, Hours HoursSpent::*member) {
    line("  " + what, [&](const Played& played) {
      const HoursSpent& spent = played.report.spent;
      return fixed(100 * (spent.*member / spent.paid()), 1) + " %";
    });
  }
  void heading(const std::string& text) { text_ += text + "\n"; }
  const std::string& text() const { return text_; }

 private:
  const std::vector<Played>& ways_;
  std::string text_;
};

std::string for_people(const std::vector<Played>& ways) {
  Table table(ways);
  const Scenario& scenario = ways.back().scenario;
  table.heading(
      grouped(scenario.jobs) + " jobs of " + brief(scenario.job_length.count()) + " h on at most " +
      grouped(scenario.replicas_max) + " machines, each interrupted every " +
      brief(scenario.mtbf.count()) + " h on average.\nA checkpoint uploads " +
      brief(scenario.checkpoint_bytes / kBytesPerGb) + " GB in " +
      interval_text(Hours(scenario.checkpoint_bytes / scenario.uplink / kSecondsPerHour)) + ".\n");
  table.line("", [](const Played& played) { return played.way.name; });
  table.line("time to finish",
             [](const Played& played) { return fixed(played.report.finished.count(), 1) + " h"; });
  table.count("jobs completed", &PlayReport::completed);
  table.count("jobs dead", &PlayReport::dead);
  table.line("paid",
             [](const Played& played) { return whole(played.report.spent.paid().count()) + " h"; });
  table.line("cost", [](const Played& played) {
    const double dollars = played.report.spent.paid().count() * played.scenario.dollars_per_hour;
    constexpr double kWithoutCents = 100;
    return "$" + (dollars < kWithoutCents ? fixed(dollars, 2) : whole(dollars));
  });
  table.line("machines at most",
             [](const Played& played) { return grouped(played.scenario.replicas_max); });
  table.heading("of the paid time");
  table.share("useful (goodput)", &HoursSpent::useful);
  table.share("lost to interruptions", &HoursSpent::lost);
  table.share("lost in scale-in", &HoursSpent::lost_in_scale_in);
  table.share("restarting and restoring", &HoursSpent::restoring);
  table.share("held for checkpoints", &HoursSpent::held);
  table.share("idle", &HoursSpent::idle);
  table.count("interruptions while busy", &PlayReport::interruptions);
  table.count("busy machines removed", &PlayReport::busy_taken);
  table.line("a checkpoint every",
             [](const Played& played) { return interval_text(played.way.interval); });
  return table.text();
}

Played played(const Scenario& scenario, Way way) {
  PlayReport report = play(scenario, way);
  return {scenario, std::move(way), std::move(report)};
}

std::vector<Played> beside_the_guide(const SimulateOptions& options) {
  const Scenario scenario = scenario_of(options);
  Way ours = our_way(scenario);
  if (options.checkpoint_every) ours.interval = *options.checkpoint_every;
  return {played(scenario, std::move(ours)),
          played(scenario, guides_way(scenario, options.guide_interval))};
}

// --- From the past ---

// The logs of so many jobs, those that changed last.
constexpr std::size_t kJobsRead = 500;

std::vector<PastAttempt> attempts_of(const JobLanes& lanes) {
  std::vector<PastAttempt> attempts;
  for (const AttemptLane& lane : lanes.lanes) {
    PastAttempt& one = attempts.emplace_back();
    one.worker = lane.worker;
    one.claimed = lane.claimed;
    one.end = lane.ended ? lane.end : lane.last_sign;
    one.interrupted = lane.was_interruption();
    one.completed = lane.ended && lane.ending == Ending::finished;
    one.spent = lane.spent;
    for (const LaneCheckpoint& checkpoint : lane.checkpoints) {
      one.checkpoints.push_back({checkpoint.shows, checkpoint.stored, checkpoint.bytes});
    }
  }
  return attempts;
}

struct SeenPast {
  Past past;
  std::uint64_t jobs_read = 0;
  std::uint64_t jobs = 0;
};

SeenPast look_back(const SimulateOptions& options, const CommandContext& context) {
  QueueIndex index(options.place, options.state, context.clock);
  const JobOverview list =
      index.list({{}, JobOrder::changed, kJobsRead, seconds_since_1970(context.clock.wall())});
  tell_problems(list);
  HistoryReader reader(index.store(), context.clock);
  std::vector<PastAttempt> attempts;
  for (const IndexEntry& entry : list.jobs) {
    const auto job = JobId::parse(entry.job);
    if (!job) continue;
    const auto some = attempts_of(reader.read(*job, entry.number).lanes);
    attempts.insert(attempts.end(), some.begin(), some.end());
  }
  SeenPast seen{past_of(attempts), list.jobs.size(), list.counts.all()};
  if (seen.past.completed == 0) {
    throw UsageError(
        "no job of this queue has been completed yet, so there is no past to simulate");
  }
  return seen;
}

// The past with what was typed in its place.
Scenario with_what_was_given(Scenario scenario, const SimulateOptions& options) {
  const Scenario typed = scenario_of(options);
  const auto take = [&](const char* name, auto Scenario::*member) {
    if (options.given.contains(name)) scenario.*member = typed.*member;
  };
  take("--jobs", &Scenario::jobs);
  take("--job-time", &Scenario::job_length);
  take("--mtbf", &Scenario::mtbf);
  // Another mean, with lifetimes spread as they were.
  if (options.given.contains("--mtbf") && !scenario.lifetimes.empty()) {
    scenario.lifetimes = scenario.lifetimes.with_mean(typed.mtbf);
  }
  take("--checkpoint-size", &Scenario::checkpoint_bytes);
  take("--uplink", &Scenario::uplink);
  take("--downlink", &Scenario::downlink);
  take("--restart-cost", &Scenario::restart_cost);
  take("--min-replicas", &Scenario::replicas_min);
  take("--max-replicas", &Scenario::replicas_max);
  take("--price", &Scenario::dollars_per_hour);
  take("--every", &Scenario::decide_every);
  take("--cold-start", &Scenario::cold_start_median);
  take("--seed", &Scenario::seed);
  return scenario;
}

std::vector<Played> from_the_past(const SimulateOptions& options, const SeenPast& seen) {
  // No log knows a price: what is asked about is another one than the usual.
  Scenario as_it_was = scenario_after(seen.past, seen.jobs, SimulateOptions{}.dollars_per_hour);
  as_it_was.seed = options.seed;
  Scenario other = with_what_was_given(as_it_was, options);
  other.replicas_max = std::max(other.replicas_max, other.replicas_min);
  Way way = way_of_the_past(other, seen.past);
  way.name = "as asked";
  if (options.checkpoint_every) way.interval = *options.checkpoint_every;
  // Asked for nothing else, the best interval.
  if (options.given.contains("--checkpoint-every") ? !options.checkpoint_every
                                                   : options.given.empty()) {
    way.interval = our_way(other).interval;
    way.name = "best interval";
  }
  return {played(as_it_was, way_of_the_past(as_it_was, seen.past)), played(other, std::move(way))};
}

std::string lifetimes_text(const Past& past) {
  const LifetimeCurve curve(past.lifetimes);
  const auto by = [&](double share, const std::string& what) -> std::string {
    const auto when = curve.until_interrupted(share);
    if (!when) return {};
    return what + short_text(std::chrono::duration_cast<Duration>(*when));
  };
  const std::string text = by(0.1, "a tenth of the machines within ") + by(0.5, ", half within ");
  return text.empty() ? "" : "An interruption ends the work of " + text + ".\n";
}

std::string past_text(const SeenPast& seen) {
  const Past& past = seen.past;
  const double useful =
      static_cast<double>(past.spent.useful) / static_cast<double>(past.spent.paid());
  return "From the logs of " + grouped(seen.jobs_read) + " of " + grouped(seen.jobs) +
         " jobs: " + grouped(past.attempts) + " attempts, " + grouped(past.interruptions) +
         " interruptions, goodput " + fixed(100 * useful, 1) + " %.\n" + lifetimes_text(past) +
         "\n";
}

Json lifetimes_json(const std::vector<SeenLifetime>& lifetimes) {
  const LifetimeCurve curve(lifetimes);
  const auto by = [&](double share) {
    const auto when = curve.until_interrupted(share);
    return when ? Json(when->count()) : Json(nullptr);
  };
  const auto interrupted =
      std::ranges::count_if(lifetimes, [](const SeenLifetime& one) { return one.interrupted; });
  return {{"seen", lifetimes.size()},
          {"interrupted", interrupted},
          {"mean_hours", curve.empty() ? Json(nullptr) : Json(curve.mean().count())},
          {"tenth_hours", by(0.1)},
          {"half_hours", by(0.5)},
          {"ninety_hours", by(0.9)}};
}

Json past_json(const SeenPast& seen) {
  const Past& past = seen.past;
  return {
      {"jobs_read", seen.jobs_read},
      {"jobs", seen.jobs},
      {"attempts", past.attempts},
      {"interruptions", past.interruptions},
      {"checkpoints", past.checkpoints},
      {"machines", past.machines_most},
      {"mtbf_hours", past.mtbf.count()},
      {"lifetimes", lifetimes_json(past.lifetimes)},
      {"job_hours", past.job_length.count()},
      {"checkpoint_interval_hours", past.interval.count()},
      {"checkpoint_held_seconds", past.held.count() * kSecondsPerHour},
      {"checkpoint_stored_seconds", past.upload.count() * kSecondsPerHour},
      {"checkpoint_bytes", past.checkpoint_bytes},
      {"restart_seconds", past.restart.count() * kSecondsPerHour},
      {"goodput", static_cast<double>(past.spent.useful) / static_cast<double>(past.spent.paid())}};
}

}  // namespace

int simulate_fleet(const SimulateOptions& options, const CommandContext& context) {
  std::optional<SeenPast> seen;
  if (options.from_history) {
    set_log_level(LogLevel::error);
    SignalWatch::let_through();
    seen = look_back(options, context);
  }
  const auto ways = seen ? from_the_past(options, *seen) : beside_the_guide(options);
  if (!options.json) {
    print((seen ? past_text(*seen) : "") + for_people(ways));
    return kExitDone;
  }
  Json all = Json::array();
  for (const Played& one : ways) all.push_back(json_of(one));
  print((seen ? Json{{"past", past_json(*seen)}, {"ways", all}} : all).dump(2) + "\n");
  return kExitDone;
}

}  // namespace holdfast
