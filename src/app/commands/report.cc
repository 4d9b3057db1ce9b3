// holdfast report: the dashboard's views at one moment, as text, JSON or one HTML file.
#include "dashboard/report.h"

#include <cmath>

#include "app/commands/commands.h"
#include "app/dashboard/source.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/wall_time.h"
#include "core/cost.h"
#include "core/dead_reason.h"
#include "core/ending.h"
#include "core/text.h"
#include "holdfast/error.h"

namespace holdfast {

namespace {

constexpr double kMillisecondsAnHour = 3'600'000;
constexpr std::size_t kMachinesShown = 20;

std::string with_digits(double number, int digits) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "%.*f", digits, number);
  return std::string(text, static_cast<std::size_t>(length));
}

std::string hours_text(double hours) {
  if (hours < 1.0 / 60) return with_digits(hours * 3600, 1) + " s";
  return hours < 1 ? with_digits(hours * 60, 1) + " min" : with_digits(hours, 1) + " h";
}

std::string counts_text(const JobCounts& counts) {
  std::string text = grouped(counts.all());
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count > 0) text += ", " + grouped(count) + " " + what;
  };
  add(counts.completed, "completed");
  add(counts.running, "running");
  add(counts.waiting, "waiting");
  add(counts.dead, "dead");
  add(counts.cancelled, "cancelled");
  return text;
}

std::string summary(const IndexLook& look, const DashboardFacts& facts,
                    const std::vector<StoppedGroup>& stopped) {
  const JobTable& table = look.table;
  std::string text = "Jobs of " + visible_line(facts.queue);
  if (!facts.group.empty()) text += ", group " + visible_line(facts.group);
  const auto line = [&text](const std::string& name, const std::string& value) {
    if (!value.empty()) text += "\n  " + name + std::string(12 - name.size(), ' ') + value;
  };
  line("jobs", counts_text(table.counts()));
  if (facts.group_jobs > table.counts().all()) {
    line("not taken", grouped(facts.group_jobs - table.counts().all()) + " by any worker yet");
  }
  const std::uint64_t left = table.counts().running + table.counts().waiting;
  if (const auto pace = forecast(table.throughput(), left, table.rest_longest())) {
    const std::string low = hours_text(pace->seconds_low / 3600);
    const std::string high = hours_text(pace->seconds_high / 3600);
    const std::string range = low == high ? "" : " (" + low + " to " + high + ")";
    line("pace",
         with_digits(pace->per_hour, 1) + " jobs an hour" +
             (left > 0 ? ", those begun are done in " + hours_text(pace->seconds / 3600) + range
                       : ""));
  }
  line("goodput", goodput_text(table.spent()));
  if (facts.dollars_per_hour) {
    const double price = *facts.dollars_per_hour;
    line("cost", cost_text(cost_of(table.spent(), price)) + ", at " + dollars_text(price) +
                     " an hour and job");
  } else if (table.spent().paid() > 0) {
    line("cost",
         "not known; --price 0.18 shows it, at $0.18 for an hour of a machine with one job");
  }
  const AtRisk risk = table.at_risk();
  if (!risk.job.empty()) {
    line("at risk", hours_text(static_cast<double>(risk.seconds) / 3600) +
                        " of work is in no checkpoint yet, most of it of " + risk.job);
  }
  for (const auto& [reason, count] : table.reasons()) {
    const std::string meaning(reason.empty() ? "for no reason that is known" : meaning_of(reason));
    line("dead", grouped(count) + ": " + visible_line(meaning));
  }
  for (const StoppedGroup& one : stopped) line("stopped", visible_line(for_people(one)));
  for (const UnfitNotice& one : look.unfit) {
    line("unfit", visible_line(one.worker + ": " + one.reason));
  }
  return text + "\n";
}

std::string machines(const IndexLook& look, const HistoryLook& history) {
  struct Machine {
    WorkerJobs jobs;
    TimeAccount spent;
    std::uint64_t cuts = 0;
    std::uint64_t failures = 0;
  };
  std::map<std::string, Machine> all;
  for (const auto& [worker, jobs] : look.table.workers()) all[worker].jobs = jobs;
  for (const HistoryLook::Job& job : history.jobs) {
    for (const AttemptLane& lane : job.lanes.lanes) {
      Machine& one = all[lane.worker];
      one.spent += lane.spent;
      one.cuts += lane.was_interruption() ? 1 : 0;
      one.failures += lane.ended && counts_as_failure(lane.ending) ? 1 : 0;
    }
  }
  std::vector<TableRow> rows;
  for (const auto& [worker, one] : all) {
    if (rows.size() >= kMachinesShown) break;
    const double hours = static_cast<double>(one.spent.paid()) / kMillisecondsAnHour;
    rows.push_back({worker, grouped(one.jobs.running), grouped(one.jobs.completed),
                    grouped(one.jobs.dead), grouped(one.cuts), grouped(one.failures),
                    hours_text(hours)});
  }
  if (rows.empty()) return {};
  std::string text = "\nMachines";
  if (history.jobs.size() < history.of) {
    text += ", by the logs of the " + grouped(history.jobs.size()) + " jobs that changed last";
  }
  text +=
      "\n" + table({"WORKER", "RUNNING", "COMPLETED", "DEAD", "INTERRUPTIONS", "FAILURES", "TIME"},
                   rows, std::nullopt);
  if (all.size() > rows.size()) {
    text += "and " + grouped(all.size() - rows.size()) + " more; --html and --json show them\n";
  }
  return text;
}

}  // namespace

int write_report(const ReportOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  SignalWatch::let_through();
  if (options.json && !options.html.empty()) throw UsageError("give either --html or --json");
  DashboardSource source(options.source, context.clock);
  FleetView& view = source.view();
  view.look_at_all();
  const auto [index, state] = view.index();
  if (!index) throw Error(ErrorKind::unavailable, state.failure);
  const std::string missing = view.queue().second.failure;
  if (!missing.empty()) {
    say("holdfast: warning: the queue cannot be read: " + visible_line(missing) + "\n");
  }
  for (const std::string& problem : index->problems) {
    say("holdfast: warning: " + visible_line(problem) + "\n");
  }
  if (options.json) {
    print(report_json(view, source.facts()) + "\n");
  } else if (!options.html.empty()) {
    const std::string title = "Holdfast, " + to_text(context.clock.wall());
    replace_file(options.html, report_html(report_json(view, source.facts()), title));
    say("The report is in " + options.html + "\n");
  } else {
    print(summary(*index, source.facts(), stopped_groups(view, source.facts())));
    if (const auto history = view.history().first) print(machines(*index, *history));
  }
  return kExitDone;
}

}  // namespace holdfast
