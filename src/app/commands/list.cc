// holdfast list: the jobs of a queue, filtered and sorted, by its index.
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "app/commands/commands.h"
#include "app/commands/job_index.h"
#include "app/commands/named_jobs.h"
#include "app/duration_text.h"
#include "app/exit_codes.h"
#include "app/table.h"
#include "app/terminal.h"
#include "app/usage_error.h"
#include "base/log.h"
#include "base/utf8.h"
#include "core/ending.h"
#include "core/text.h"
#include "status/job_entry_json.h"
#include "status/job_fields.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

// --where looks into so many logs at most.
constexpr std::size_t kFieldsReadMax = 100'000;

std::string since_text(std::int64_t when, std::int64_t now) {
  return when == 0 ? "" : short_text(std::chrono::seconds(std::max<std::int64_t>(now - when, 0)));
}

std::string percent_text(const std::optional<double>& fraction) {
  return fraction ? std::to_string(static_cast<int>(*fraction * 100)) + " %" : "";
}

// What a table shows of a job, by the name of its column.
struct Column {
  std::string name;
  std::function<std::string(const IndexEntry&)> text;  // Empty: a field of the job's own.
};

std::string words_or_none(std::uint64_t number) {
  return number == 0 ? "" : std::to_string(number);
}

std::vector<Column> columns_known(std::int64_t now) {
  return {
      {"job", [](const IndexEntry& job) { return job.job; }},
      {"state", [](const IndexEntry& job) { return std::string(to_text(job.state)); }},
      {"reason", [](const IndexEntry& job) { return job.reason; }},
      {"attempt", [](const IndexEntry& job) { return std::to_string(job.attempt); }},
      {"progress",
       [](const IndexEntry& job) {  // What it reported last may have been less.
         return percent_text(job.state == JobState::completed && job.fraction ? 1 : job.fraction);
       }},
      {"lag",
       [now](const IndexEntry& job) {
         const auto lag = lag_of(job, now);
         return lag ? short_text(std::chrono::seconds(*lag)) : std::string();
       }},
      {"changed", [now](const IndexEntry& job) { return since_text(job.changed, now); }},
      {"worker", [](const IndexEntry& job) { return job.worker; }},
      {"step", [](const IndexEntry& job) { return job.step ? std::to_string(*job.step) : ""; }},
      {"ran",
       [](const IndexEntry& job) { return short_text(std::chrono::seconds(job.ran_seconds)); }},
      {"spent",
       [](const IndexEntry& job) {
         return short_text(std::chrono::milliseconds(job.spent.paid()));
       }},
      {"failures", [](const IndexEntry& job) { return words_or_none(job.failures); }},
      {"ending",
       [](const IndexEntry& job) {
         const auto ending = ending_from_text(job.ending);
         return ending ? std::string(in_plain_words(*ending)) : job.ending;
       }},
      {"generation", [](const IndexEntry& job) { return words_or_none(job.generation); }}};
}
constexpr std::size_t kUsualColumns = 8;

std::vector<Column> columns_of(const std::string& names, std::int64_t now) {
  std::vector<Column> known = columns_known(now);
  if (names.empty()) {
    known.resize(kUsualColumns);
    return known;
  }
  std::vector<Column> columns;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    const std::string name = names.substr(begin, end - begin);
    if (name.empty()) throw UsageError("--columns " + names + " has an empty name");
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Column& column) { return column.name == name; });
    columns.push_back(found != known.end() ? *found : Column{name, {}});
    begin = end + 1;
  }
  return columns;
}

std::string heading(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::string as_table(const std::vector<Column>& columns, const std::vector<JobWithFields>& jobs) {
  TableRow headings;
  // A field's name stands as the list of jobs writes it.
  for (const Column& column : columns) {
    headings.push_back(column.text ? heading(column.name) : column.name);
  }
  std::vector<TableRow> rows;
  for (const auto& [job, fields] : jobs) {
    TableRow row;
    for (const Column& column : columns) {
      const auto field = fields.find(column.name);
      const std::string own = field == fields.end() ? "" : visible_line(field->second);
      row.push_back(column.text ? column.text(job) : own);
    }
    rows.push_back(std::move(row));
  }
  const bool terminal = is_terminal(STDOUT_FILENO);
  return table(headings, rows,
               terminal ? std::optional(terminal_width(STDOUT_FILENO)) : std::nullopt);
}

std::string as_json(const std::vector<Column>& columns, const JobWithFields& one,
                    std::int64_t now) {
  JobFields own;
  bool asked = false;
  for (const Column& column : columns) {
    if (column.text) continue;
    asked = true;
    const auto field = one.fields.find(column.name);
    if (field != one.fields.end()) own.insert(*field);
  }
  return to_json(one.job, now, asked ? &own : nullptr);
}

std::vector<WantedField> wanted_of(const ListOptions& options) {
  std::vector<WantedField> wanted;
  for (const std::string& typed : options.where) {
    const std::size_t equals = typed.find('=');
    wanted.push_back({typed.substr(0, equals), typed.substr(equals + 1)});
  }
  return wanted;
}

bool asks_for_unclaimed(const ListOptions& options) {
  return std::find(options.states.begin(), options.states.end(), kUnclaimed) !=
         options.states.end();
}

JobFilter filter_of(const ListOptions& options, const std::set<std::string>* among) {
  JobFilter filter;
  for (const std::string& state : options.states) {
    if (const auto known = job_state_from_text(state)) filter.states.insert(*known);
  }
  filter.reason = options.reason;
  filter.worker = options.worker;
  filter.text = options.text;
  filter.among = among;
  return filter;
}

// Those of the group that no worker has taken, as far as the options take them: nothing is known of
// them but their ids.
std::vector<std::string> unclaimed_of(const ListOptions& options,
                                      const std::set<std::string>& unclaimed) {
  std::vector<std::string> jobs;
  for (const std::string& job : unclaimed) {
    if (job.find(options.text) != std::string::npos) jobs.push_back(job);
  }
  return jobs;
}

int list_unclaimed(const ListOptions& options, std::vector<std::string> jobs) {
  const std::size_t matching = jobs.size();
  jobs.resize(std::min(matching, options.limit));
  std::vector<TableRow> rows;
  for (std::string& job : jobs) {
    if (options.json) {
      print(unclaimed_json(job) + "\n");
    } else {
      rows.push_back({std::move(job), std::string(kUnclaimed)});
    }
  }
  if (!rows.empty()) print(table({"JOB", "STATE"}, rows, std::nullopt));
  if (matching == 0) say("No job matches.\n");
  if (matching > jobs.size()) {
    say(grouped(matching - jobs.size()) + " more (--limit N shows more)\n");
  }
  return kExitDone;
}

}  // namespace

int list_all_jobs(const ListOptions& options, const CommandContext& context) {
  set_log_level(LogLevel::error);
  SignalWatch::let_through();
  const bool only_unclaimed = asks_for_unclaimed(options);
  if (only_unclaimed && options.group.empty()) {
    throw UsageError(
        "--state unclaimed needs --group NAME: only a group's record names jobs that no worker has "
        "taken yet. holdfast status counts those of all groups");
  }
  if (only_unclaimed && options.states.size() > 1) {
    throw UsageError("give --state unclaimed alone, or other states");
  }
  const bool by_more_than_ids =
      !options.reason.empty() || !options.worker.empty() || !options.where.empty();
  if (only_unclaimed && (by_more_than_ids || !options.columns.empty())) {
    throw UsageError(
        "of jobs that no worker has taken yet only the ids are known: give --state unclaimed "
        "without --reason, --worker, --where and --columns");
  }
  QueueIndex index(options.place, options.state_folder, context.clock);
  std::optional<std::set<std::string>> group;
  if (!options.group.empty()) group = jobs_of_group(index, context.clock, options.group);
  const std::int64_t now = seconds_since_1970(context.clock.wall());
  const std::vector<Column> columns = columns_of(options.columns, now);
  const std::vector<WantedField> wanted = wanted_of(options);
  const JobOverview list =
      index.list({filter_of(options, group ? &*group : nullptr), *job_order_from(options.sort),
                  wanted.empty() ? options.limit : kFieldsReadMax, now, group.has_value()});
  if (only_unclaimed) {
    tell_problems(list);
    return list_unclaimed(options, unclaimed_of(options, list.unclaimed));
  }
  const bool fields_shown = std::any_of(columns.begin(), columns.end(),
                                        [](const Column& column) { return !column.text; });
  std::vector<JobWithFields> jobs;
  if (wanted.empty() && !fields_shown) {
    for (const IndexEntry& job : list.jobs) jobs.push_back({job, {}});
  } else {
    jobs = jobs_with_fields(index.store(), context.clock, list.jobs, wanted, options.limit);
  }
  if (options.json) {
    for (const JobWithFields& job : jobs) print(as_json(columns, job, now) + "\n");
  } else if (!jobs.empty()) {
    print(as_table(columns, jobs));
  }
  tell_problems(list);
  const bool tell_unclaimed = !list.unclaimed.empty() && options.states.empty() &&
                              !by_more_than_ids && options.text.empty() && index.complete();
  if (tell_unclaimed) {
    const std::size_t count = list.unclaimed.size();
    say(grouped(count) + (count == 1 ? " job" : " jobs") + " of this group " +
        (count == 1 ? "has" : "have") +
        " not been taken by a worker yet (--state unclaimed lists them)\n");
  }
  if (list.matching == 0 && tell_unclaimed) return kExitDone;
  if (list.counts.all() == 0) {
    say("No job is in the index yet: no worker has taken one, or an older version ran them. "
        "holdfast status --recount builds the index from the jobs' logs.\n");
  } else if (!wanted.empty()) {
    if (list.matching > list.jobs.size() && jobs.size() < options.limit) {
      say("The fields of the first " + grouped(list.jobs.size()) + " of " + grouped(list.matching) +
          " jobs were read; give --state or --group to search fewer.\n");
    } else if (jobs.empty()) {
      say("No job matches; the fields of " + grouped(list.matching) + " were read.\n");
    } else if (jobs.size() == options.limit) {
      say("There may be more (--limit N shows more)\n");
    }
  } else if (list.matching == 0) {
    say("No job matches; there are " + grouped(list.counts.all()) + ".\n");
  } else if (list.matching > list.jobs.size()) {
    say(grouped(list.matching - list.jobs.size()) + " more (--limit N shows more)\n");
  }
  return kExitDone;
}

}  // namespace holdfast
