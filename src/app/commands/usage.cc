// holdfast du: what jobs take in the store.
#include "operate/usage.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include <nlohmann/json.hpp>

#include "app/commands/commands.h"
#include "app/commands/indexed_jobs.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/log.h"
#include "core/text.h"
#include "index/job_groups.h"
#include "operate/upload_sweep.h"

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

// What is uploaded for jobs is nobody's by itself: a line of its own, and shared by groups.
std::string json_line(const std::string& name, const std::string& by, const Usage& usage,
                      const std::optional<std::uint64_t>& inputs_bytes) {
  nlohmann::ordered_json json = {{by, name},
                                 {"jobs", usage.jobs},
                                 {"bytes", usage.bytes()},
                                 {"checkpoints", usage.checkpoints_bytes},
                                 {"results", usage.results_bytes},
                                 {"attempts", usage.attempts_bytes},
                                 {"log", usage.log_bytes}};
  if (inputs_bytes) json["inputs"] = *inputs_bytes;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

TableRow row(const std::string& name, const Usage& usage,
             const std::optional<std::uint64_t>& inputs_bytes) {
  TableRow row = {name,
                  grouped(usage.jobs),
                  grouped(usage.bytes()),
                  grouped(usage.checkpoints_bytes),
                  grouped(usage.results_bytes),
                  grouped(usage.attempts_bytes),
                  grouped(usage.log_bytes)};
  if (inputs_bytes) row.push_back(grouped(*inputs_bytes));
  return row;
}

UploadsUsage uploads_of(Store& store, const Clock& clock) {
  SweepWishes wishes;
  wishes.before = std::numeric_limits<std::int64_t>::max();
  return UploadSweep(store, clock, std::move(wishes)).usage();
}

std::string uploads_json(const UploadsUsage& uploads) {
  const auto json = [](const Swept& what) {
    return nlohmann::ordered_json{{"files", what.files}, {"bytes", what.bytes}};
  };
  nlohmann::ordered_json all = json(uploads.all);
  all["needed_by_no_job"] = json(uploads.unneeded);
  all["not_noted"] = json(uploads.unnamed);
  return nlohmann::ordered_json{{"uploaded_inputs", all}}.dump() + "\n";
}

std::string uploads_text(const UploadsUsage& uploads) {
  const auto amount = [](const Swept& what) {
    return grouped(what.files) + (what.files == 1 ? " file, " : " files, ") + grouped(what.bytes) +
           " bytes";
  };
  std::string text = "Uploaded inputs: " + amount(uploads.all);
  if (uploads.unneeded.files > 0) {
    text += "; of that, " + amount(uploads.unneeded) +
            " that only forgotten jobs name: gc removes them";
  }
  if (uploads.unnamed.files > 0) {
    text += "; of that, " + amount(uploads.unnamed) +
            " of which an earlier version did not note who names them: gc leaves them";
  }
  return text + "\n";
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
  const bool by_group = options.by == "group";
  const bool whole = options.named.none();
  UploadsUsage uploads;
  if (by_group || whole) uploads = uploads_of(index.store(), context.clock);
  // Also groups whose jobs nobody has begun.
  for (const auto& [group, inputs] : uploads.by_group) {
    if (by_group && whole) parts[group.empty() ? kNoGroup : group];
  }
  const auto inputs_of_group = [&](const std::string& name) -> std::optional<std::uint64_t> {
    if (!by_group) return std::nullopt;
    const auto found = uploads.by_group.find(name == kNoGroup ? "" : name);
    return found == uploads.by_group.end() ? 0 : found->second.bytes;
  };
  std::vector<std::pair<std::string, Usage>> sorted(parts.begin(), parts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return a.second.bytes() > b.second.bytes();
  });
  std::vector<TableRow> rows;
  const std::string by = options.by == "job" ? "job_id" : options.by;
  for (const auto& [name, usage] : sorted) {
    if (options.json) print(json_line(name, by, usage, inputs_of_group(name)));
    rows.push_back(row(name, usage, inputs_of_group(name)));
  }
  if (!options.json) {
    const auto inputs_of_all = [&]() -> std::optional<std::uint64_t> {
      if (!by_group) return std::nullopt;
      return uploads.all.bytes;
    };
    rows.push_back(row("all", all, inputs_of_all()));
    std::string head = options.by;
    for (char& c : head) c = static_cast<char>(c - 'a' + 'A');
    std::vector<std::string> columns = {head,      "JOBS",     "BYTES", "CHECKPOINTS",
                                        "RESULTS", "ATTEMPTS", "LOG"};
    if (by_group) columns.emplace_back("INPUTS");
    print(table(columns, rows, std::nullopt));
  }
  if (whole && uploads.all.files > 0) {
    print(options.json ? uploads_json(uploads) : uploads_text(uploads));
  }
  return damaged ? kExitNotAll : kExitDone;
}

}  // namespace holdfast
