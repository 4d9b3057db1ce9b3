#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"
#include "app/usage_error.h"
#include "core/index_entry.h"

namespace holdfast {

Command define_gc() {
  const auto options = std::make_shared<CollectOptions>();
  Command gc{
      .name = "gc",
      .section = Section::data,
      .summary = "Remove data of jobs that ended long ago",
      .description =
          "Shows what it would remove, and asks. It never touches a job that has not ended. The "
          "log of each job stays (some kilobytes), so a completed job does not run again if it is "
          "submitted again. Uploaded inputs are removed when no job needs them: each job that "
          "names them was forgotten, or --keep nothing removes all of it. Safe to interrupt: run "
          "it again to remove the rest.",
      .examples = {"holdfast gc --env-file worker.env --older-than 30d --dry-run",
                   "holdfast gc --env-file worker.env --older-than 30d --keep log",
                   "holdfast gc --state jobs.csv.holdfast --older-than 0s --yes"},
      .exit_codes = {{"0", "done"},
                     {"1", "some jobs are damaged and were not changed"},
                     {"2", "usage, or not confirmed; nothing was done"},
                     {"4", "the store is out of reach; run it again"},
                     {"128+N", "signal N ended it; run it again"}}};
  gc.options = together(
      jobs_named(options->named),
      Options{{.name = "--older-than",
               .value = duration(options->older_than),
               .help = "Only jobs that ended at least this long ago",
               .required = true},
              {.name = "--state",
               .value = state_or_folder(options->states, options->state_folder),
               .help = "Only jobs in this state, or the folder of holdfast run",
               .usual = "completed",
               .more = "States are completed, cancelled and dead, separated by commas. A dead or "
                       "cancelled job that is requeued later starts from the beginning."},
              {.name = "--keep",
               .value = choice(options->keep, "WHAT", {"results", "log", "nothing"}),
               .help = "What to keep of each job",
               .usual = "results",
               .more = "results: everything except checkpoints and copies. log: what it printed, "
                       "and its log records. nothing: only its log records."},
              {.name = "--dry-run",
               .value = flag(options->dry_run),
               .help = "Only show what would be removed"},
              {.name = "--yes", .value = flag(options->yes), .help = "Do not ask"}},
      queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object"));
  gc.result = [options](const Words&) -> CommandLine {
    if (options->older_than > Duration::zero() && options->older_than < std::chrono::seconds(1)) {
      throw UsageError(
          "--older-than: times of jobs are kept in whole seconds; the least is 1s, or "
          "0s for all");
    }
    for (const std::string& state : options->states) {
      const auto known = job_state_from_text(state);
      if (known && is_end(*known)) continue;
      throw UsageError("--state: gc never touches a job that may go on, and those that are " +
                       state + " do; the states are completed, cancelled and dead");
    }
    return *options;
  };
  return gc;
}

Command define_du() {
  const auto options = std::make_shared<UsageOptions>();
  Command du{.name = "du",
             .section = Section::data,
             .summary = "Show how much space jobs take in the store",
             .description =
                 "Lists the objects of each job: about four requests a job. Uploaded inputs belong "
                 "to all jobs that name them, and are counted separately.",
             .examples = {"holdfast du --env-file worker.env",
                          "holdfast du --env-file worker.env --by group",
                          "holdfast du --state jobs.csv.holdfast --by job"},
             .exit_codes = {{"0", "done"},
                            {"1", "some jobs are damaged and not counted"},
                            {"2", "usage"},
                            {"4", "the store is out of reach"}}};
  du.options = together(jobs_named(options->named),
                        Options{{.name = "--by",
                                 .value = choice(options->by, "WHAT", {"state", "group", "job"}),
                                 .help = "A line for each state, group or job",
                                 .usual = "state"}},
                        state_option(options->state_folder), queue_options(options->place),
                        store_options(options->place),
                        json_option(options->json, "Print one JSON object a line"));
  du.result = [options](const Words&) -> CommandLine { return *options; };
  return du;
}

}  // namespace holdfast
