#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_forget() {
  const auto options = std::make_shared<ForgetOptions>();
  Command forget{
      .name = "forget",
      .section = Section::data,
      .summary = "Take jobs away for good, with all that is kept of them",
      .description =
          "Shows first what would go, and asks. A job that runs is stopped, as by cancel. Then "
          "its results, checkpoints, logs and all else in the store go, and it is in no list or "
          "count any more. Its id stays taken: submitted again under that id, it does not run. "
          "Safe to interrupt: run the same command again and the rest goes.",
      .examples = {"holdfast forget --env-file worker.env job-17 --dry-run",
                   "holdfast forget --env-file worker.env --group night-17",
                   "holdfast forget --state jobs.csv.holdfast job-17 --yes"},
      .exit_codes = {{"0", "all are gone"},
                     {"1", "some are damaged, or were not seen to stop in time"},
                     {"2", "usage, or nobody confirmed it; nothing was done"},
                     {"4", "broker or store are out of reach; run it again"},
                     {"128+N", "signal N ended it; run it again"}}};
  forget.options = together(
      jobs_named(options->named),
      Options{
          {.name = "--wait",
           .value = duration(options->wait),
           .help = "How long to wait until running programs are stopped",
           .usual = "45s",
           .more = "What a worker stores after that goes when somebody meets the job's message, "
                   "or when forget is run again. 0s does not wait."},
          {.name = "--dry-run", .value = flag(options->dry_run), .help = "Only show what would go"},
          {.name = "--yes", .value = flag(options->yes), .help = "Do not ask"}},
      state_option(options->state), queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object a line"));
  forget.result = [options](const Words&) -> CommandLine { return *options; };
  return forget;
}

}  // namespace holdfast
