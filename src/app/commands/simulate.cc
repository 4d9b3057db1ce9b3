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
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "simulate/fleet_play.h"

namespace holdfast {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kBytesPerGb = 1e9;
constexpr double kSecondsPerHour = 3600;

struct Played {
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

Json json_of(const Played& played, const Scenario& scenario) {
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

std::string for_people(const Scenario& scenario, const std::vector<Played>& ways) {
  Table table(ways);
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
  table.count("jobs set aside", &PlayReport::dead);
  table.line("paid",
             [](const Played& played) { return whole(played.report.spent.paid().count()) + " h"; });
  table.line("cost", [&](const Played& played) {
    return "$" + whole(played.report.spent.paid().count() * scenario.dollars_per_hour);
  });
  table.heading("of the time that was paid");
  table.share("useful (goodput)", &HoursSpent::useful);
  table.share("lost to interruptions", &HoursSpent::lost);
  table.share("lost in scale-in", &HoursSpent::lost_in_scale_in);
  table.share("restarting and restoring", &HoursSpent::restoring);
  table.share("held for checkpoints", &HoursSpent::held);
  table.share("idle", &HoursSpent::idle);
  table.count("interruptions while busy", &PlayReport::interruptions);
  table.count("busy machines scaled away", &PlayReport::busy_taken);
  table.line("a checkpoint every",
             [](const Played& played) { return interval_text(played.way.interval); });
  return table.text();
}

}  // namespace

int simulate_fleet(const SimulateOptions& options) {
  const Scenario scenario = scenario_of(options);
  Way ours = our_way(scenario);
  if (options.checkpoint_every) ours.interval = *options.checkpoint_every;
  std::vector<Played> ways;
  for (Way& way : std::vector{std::move(ours), guides_way(scenario, options.guide_interval)}) {
    PlayReport report = play(scenario, way);
    ways.push_back({std::move(way), std::move(report)});
  }
  if (!options.json) {
    print(for_people(scenario, ways));
    return kExitDone;
  }
  Json all = Json::array();
  for (const Played& played : ways) all.push_back(json_of(played, scenario));
  print(all.dump(2) + "\n");
  return kExitDone;
}

}  // namespace holdfast
