// holdfast du: what jobs take in the store.
#include "operate/usage.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/indexed_jobs.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/log.h"
#include "index/job_groups.h"

namespace holdfast {

namespace {

constexpr const char* kNoGroup = "(no group)";

// The groups that jobs are in; a job in several counts for the first by name.
std::map<std::string, std::string> groups_of_jobs(QueueIndex& index, const Clock& clock) {
  std::map<std::string, std::string> group_of;
  JobGroups groups(index.store(), clock, index.layout());
  for (const std::string& name : groups.names()) {
    for (const std::string& job : groups.jobs_of(name)) group_of.emplace(job, name);
  }
  return group_of;
}

std::string json_line(const std::string& name, const std::string& by, const Usage& usage) {
  const nlohmann::ordered_json json = {{by, name},
                                       {"jobs", usage.jobs},
                                       {"bytes", usage.bytes()},
                                       {"checkpoints", usage.checkpoints_bytes},
                                       {"results", usage.results_bytes},
                                       {"attempts", usage.attempts_bytes},
                                       {"log", usage.log_bytes}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

TableRow row(const std::string& name, const Usage& usage) {
  return {name,
          grouped(usage.jobs),
          grouped(usage.bytes()),
          grouped(usage.checkpoints_bytes),
          grouped(usage.results_bytes),
          grouped(usage.attempts_bytes),
          grouped(usage.log_bytes)};
}

}  // namespace

int show_usage(const UsageOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  QueueIndex index(options.place, state_of(options.named, options.place, options.state_folder),
                   context.clock);
  StopOnSignal stop(context.signals, context.clock);
  std::map<std::string, std::string> group_of;
  if (options.by == "group") group_of = groups_of_jobs(index, context.clock);
  std::map<std::string, Usage> parts;
  Usage all;
  bool damaged = false;
  each_indexed_job(
      index, options.named, options.place, options.state_folder, context.clock, stop.token(),
      [](const IndexEntry&) { return true; },
      [&](const JobId& id, const Record& newest) {
        const auto group = group_of.find(id.text());
        const std::string name = options.by == "job"       ? id.text()
                                 : options.by == "state"   ? std::string(to_text(newest.state))
                                 : group == group_of.end() ? kNoGroup
                                                           : group->second;
        const Usage usage = usage_of(index.store(), context.clock, id, newest);
        parts[name].add(usage);
        all.add(usage);
      },
      [&](const JobId& id, const std::string& why) {
        say(id.text() + ": not counted, because " + why + "\n");
        damaged = true;
      });
  if (const auto signal = stop.signal()) return kExitSignalBase + *signal;
  std::vector<std::pair<std::string, Usage>> sorted(parts.begin(), parts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second.bytes() > b.second.bytes();
  });
  std::vector<TableRow> rows;
  const std::string by = options.by == "job" ? "job_id" : options.by;
  for (const auto& [name, usage] : sorted) {
    if (options.json) print(json_line(name, by, usage));
    rows.push_back(row(name, usage));
  }
  if (!options.json) {
    rows.push_back(row("all", all));
    std::string head = options.by;
    for (char& c : head) c = static_cast<char>(c - 'a' + 'A');
    print(table({head, "JOBS", "BYTES", "CHECKPOINTS", "RESULTS", "ATTEMPTS", "LOG"}, rows,
                std::nullopt));
  }
  return damaged ? kExitNotAll : kExitDone;
}

}  // namespace holdfast
