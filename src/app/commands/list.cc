// holdfast list: the jobs of a queue, filtered and sorted, by its index.
#include <unistd.h>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/duration_text.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/log.h"
#include "status/job_entry_json.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

std::string since_text(std::int64_t when, std::int64_t now) {
  return when == 0 ? "" : short_text(std::chrono::seconds(std::max<std::int64_t>(now - when, 0)));
}

std::string percent_text(const std::optional<double>& fraction) {
  return fraction ? std::to_string(static_cast<int>(*fraction * 100)) + " %" : "";
}

std::string as_table(const JobOverview& list, std::int64_t now) {
  std::vector<TableRow> rows;
  for (const IndexEntry& job : list.jobs) {
    const auto lag = lag_of(job, now);
    rows.push_back({job.job, std::string(to_text(job.state)), job.reason,
                    std::to_string(job.attempt), percent_text(job.fraction),
                    lag ? short_text(std::chrono::seconds(*lag)) : "", since_text(job.changed, now),
                    job.worker});
  }
  const bool terminal = is_terminal(STDOUT_FILENO);
  return table({"JOB", "STATE", "REASON", "ATTEMPT", "PROGRESS", "LAG", "CHANGED", "WORKER"}, rows,
               terminal ? std::optional(terminal_width(STDOUT_FILENO)) : std::nullopt);
}

JobFilter filter_of(const ListOptions& options, const std::set<std::string>* among) {
  JobFilter filter;
  for (const std::string& state : options.states) filter.states.insert(*job_state_from_text(state));
  filter.reason = options.reason;
  filter.worker = options.worker;
  filter.text = options.text;
  filter.among = among;
  return filter;
}

}  // namespace

int list_all_jobs(const ListOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  SignalWatch::let_through();
  QueueIndex index(options.place, options.state_folder, context.clock);
  std::optional<std::set<std::string>> group;
  if (!options.group.empty()) group = jobs_of_group(index, context.clock, options.group);
  const std::int64_t now = seconds_since_1970(context.clock.wall());
  const JobOverview list = index.list({filter_of(options, group ? &*group : nullptr),
                                       *job_order_from(options.sort), options.limit, now});
  if (options.json) {
    for (const IndexEntry& job : list.jobs) print(to_json(job, now) + "\n");
  } else if (list.matching > 0) {
    print(as_table(list, now));
  }
  tell_problems(list);
  if (list.counts.all() == 0) {
    say("No job is in the index yet: no worker has taken one, or an older version ran them. "
        "holdfast status --recount builds the index from the jobs' logs.\n");
  } else if (list.matching == 0) {
    say("No job matches; there are " + grouped(list.counts.all()) + ".\n");
  } else if (list.matching > list.jobs.size()) {
    say(grouped(list.matching - list.jobs.size()) + " more (--limit N shows more)\n");
  }
  return kExitDone;
}

}  // namespace holdfast
