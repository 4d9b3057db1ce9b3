#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_status() {
  const auto options = std::make_shared<StatusOptions>();
  Command status{
      .name = "status",
      .section = Section::see,
      .summary = "Show how many jobs wait, run and are done, or all about one",
      .examples = {"holdfast status --env-file worker.env",
                   "holdfast status --env-file worker.env job-17 --json",
                   "holdfast status --state jobs.csv.holdfast --watch"},
      .exit_codes = {{"0", "done"}, {"2", "usage"}, {"4", "broker or store are out of reach"}}};
  status.options = together(
      Options{
          {"JOB", text(options->job, "JOB", Completes::job), "A job's id", "all jobs"},
          group_option(options->group),
          {.name = "--watch", .value = flag(options->watch), .help = "Repeat every two seconds"},
          {.name = "--recount",
           .value = flag(options->recount),
           .help = "Build the job index again from the logs of all jobs of the store",
           .more = "For jobs of a version before 0.2, and if `holdfast list` says that a part of "
                   "the index cannot be read. Reads two objects of each job: about an hour and "
                   "five dollars for a million jobs on R2. Safe to interrupt and repeat."},
          {.name = "--price",
           .value = dollars(options->price),
           .help = "Show what the jobs cost, at this price for an hour of one slot"},
          {.name = "--queue-only",
           .value = flag(options->queue_only),
           .help = "Ask only the queue, which is quick with any number of jobs"}},
      state_option(options->state), queue_options(options->place),
      management_option(options->place), store_options(options->place), json_option(options->json));
  status.result = [options](const Words&) -> CommandLine { return *options; };
  return status;
}

}  // namespace holdfast
