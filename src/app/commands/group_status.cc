#include "app/commands/group_status.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/exit_codes.h"
#include "app/terminal.h"
#include "core/cost.h"
#include "core/text.h"
#include "index/group_stops.h"
#include "status/account_json.h"
#include "status/stopped_groups.h"

namespace holdfast {

namespace {

constexpr Duration kWatchEvery = std::chrono::seconds(2);
constexpr std::size_t kBarWidth = 30;

struct GroupCounts {
  std::uint64_t jobs = 0;
  JobCounts counts;
  TimeAccount spent;
  std::optional<double> price;  // Dollars for an hour of one slot.
  std::optional<GroupStop> stop;

  // That no worker has taken yet.
  std::uint64_t unclaimed() const { return jobs - std::min(jobs, counts.all()); }
};

std::string for_people(const std::string& group, const GroupCounts& seen) {
  const double share =
      seen.jobs == 0 ? 0
                     : static_cast<double>(seen.counts.completed) / static_cast<double>(seen.jobs);
  std::string text = "Group " + group + ": " + bar(share, kBarWidth) + " " +
                     grouped(seen.counts.completed) + " of " + grouped(seen.jobs) +
                     " jobs completed\n";
  const auto line = [&](const char* name, std::uint64_t count) {
    text += std::string("  ") + name + grouped(count) + "\n";
  };
  line("not begun    ", seen.unclaimed());
  line("running      ", seen.counts.running);
  line("waiting      ", seen.counts.waiting);
  line("completed    ", seen.counts.completed);
  line("dead         ", seen.counts.dead);
  if (seen.counts.cancelled > 0) line("cancelled    ", seen.counts.cancelled);
  const std::string goodput = goodput_text(seen.spent);
  if (!goodput.empty()) text += "Goodput: " + goodput + "\n";
  if (!goodput.empty() && seen.price) {
    text += "Cost: " + cost_text(cost_of(seen.spent, *seen.price)) + "\n";
  }
  if (seen.stop) text += for_people(StoppedGroup{group, *seen.stop, {}}) + "\n";
  return text;
}

std::string as_json(const std::string& group, const GroupCounts& seen) {
  const nlohmann::ordered_json json = {
      {"group", group},
      {"jobs", seen.jobs},
      {"unclaimed", seen.unclaimed()},
      {"running", seen.counts.running},
      {"waiting", seen.counts.waiting},
      {"completed", seen.counts.completed},
      {"dead", seen.counts.dead},
      {"cancelled", seen.counts.cancelled},
      {"spent", json_of(seen.spent)},
      {"cost", cost_json(seen.spent, seen.price)},
      {"stopped",
       seen.stop ? nlohmann::ordered_json(seen.stop->when) : nlohmann::ordered_json(nullptr)}};
  return json.dump() + "\n";
}

}  // namespace

int show_group(const StatusOptions& options, const CommandContext& context) {
  QueueIndex index(options.place, options.state, context.clock);
  for (;;) {  // Ends after one look, or with a signal.
    const std::set<std::string> jobs = jobs_of_group(index, context.clock, options.group);
    GroupCounts seen;
    seen.jobs = jobs.size();
    const JobQuestion question{.filter = {.among = &jobs},
                               .count_max = jobs.size(),
                               .now = seconds_since_1970(context.clock.wall())};
    const JobOverview found = index.list(question);
    for (const IndexEntry& job : found.jobs) {
      seen.counts.add(job.state);
      seen.spent += job.spent;
    }
    seen.price = options.price;
    seen.stop = GroupStops(index.store(), context.clock, index.layout()).find(options.group);
    tell_problems(found);
    print(options.json ? as_json(options.group, seen) : for_people(options.group, seen));
    if (!options.watch) return kExitDone;
    const auto signal = context.signals.next(context.clock.now() + kWatchEvery);
    if (signal) return kExitSignalBase + *signal;
  }
}

}  // namespace holdfast
