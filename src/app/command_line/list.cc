#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "core/dead_reason.h"
#include "status/job_list.h"

namespace holdfast {

namespace {

constexpr std::size_t kLimitMax = 1'000'000;
constexpr const char* kUsualColumns = "job,state,reason,attempt,progress,lag,changed,worker";

Value field_and_value(std::vector<std::string>& to) {
  return {"FIELD=VALUE", [&to](const std::string& typed) -> std::string {
            const std::size_t equals = typed.find('=');
            if (equals == 0 || equals == std::string::npos) return "is not FIELD=VALUE";
            to.push_back(typed);
            return {};
          }};
}

}  // namespace

Command define_job_list() {
  const auto options = std::make_shared<ListOptions>();
  std::vector<std::string> reasons;
  for (const DeadReason& reason : kDeadReasons) reasons.emplace_back(reason.word);
  Command list{
      .name = "list",
      .section = Section::see,
      .summary = "List jobs, filtered and sorted, however many there are",
      .description =
          "Shows the job index, which workers keep up to date: a change of state appears some "
          "seconds later, progress every five minutes. Jobs that no worker has taken yet are "
          "listed by `--group NAME --state unclaimed` only; `holdfast status` counts them.",
      .examples = {"holdfast list --state running --sort lag",
                   "holdfast list --state dead --reason out_of_memory --json",
                   "holdfast list --state dead --where lr=1e-3 --columns job,lr,seed,reason",
                   "holdfast list --state jobs.csv.holdfast --state dead"},
      .exit_codes = {{"0", "done"}, {"2", "usage"}, {"4", "the store is out of reach"}}};
  list.options = together(
      Options{
          {.name = "--state",
           .value = state_or_folder(options->states, options->state_folder),
           .help = "Only jobs in this state, or the state folder of holdfast run",
           .more = "States are waiting, running, completed, dead, cancelled, and, with --group, "
                   "unclaimed: no worker has taken the job yet. May be given more than once, "
                   "as in --state jobs.csv.holdfast --state dead."},
          {.name = "--reason",
           .value = choice(options->reason, "REASON", reasons),
           .help = "Only dead jobs with this reason"},
          {.name = "--worker",
           .value = text(options->worker, "ID"),
           .help = "Only jobs that this worker runs, or ran last",
           .older_names = {"--machine"}},
          {.name = "--match",
           .value = text(options->text, "TEXT"),
           .help = "Only jobs whose id contains this text"},
          group_option(options->group),
          {.name = "--where",
           .value = field_and_value(options->where),
           .help = "Only jobs with this value in one of their own fields",
           .more = "May be given more than once. This reads the log of each job that the other "
                   "options select, so with many jobs give --state or --group, too."},
          {.name = "--columns",
           .value = text(options->columns, "NAMES"),
           .help = "Columns to show, separated by commas",
           .more = "Without it " + std::string(kUsualColumns) +
                   ". Others are step, ran, spent, failures, ending, generation, and the jobs' "
                   "own fields. With --json, these are below the key fields."},
          {.name = "--sort",
           .value = choice(options->sort, "ORDER", {kJobOrders.begin(), kJobOrders.end()}),
           .help = "What comes first",
           .usual = "changed",
           .more = "changed: the newest change; age: the oldest; lag: the running job whose newest "
                   "checkpoint is the oldest; progress: the furthest; attempts and cost: the most; "
                   "id: by name."},
          {.name = "--limit",
           .value = number(options->limit, std::size_t{0}, kLimitMax),
           .help = "Number of jobs to show",
           .usual = "50"}},
      queue_options(options->place), store_options(options->place), json_option(options->json));
  list.result = [options](const Words&) -> CommandLine { return *options; };
  return list;
}

}  // namespace holdfast
