#include <memory>

#include "app/command_line/commands.h"
#include "app/command_line/options.h"
#include "app/command_line/values.h"

namespace holdfast {

Command define_forget() {
  const auto options = std::make_shared<ForgetOptions>();
  Command forget{.name = "forget",
                 .section = Section::data,
                 .summary = "Remove jobs with all their data, for good",
                 .description =
                     "Shows what it would remove, and asks. A running job is stopped, as by "
                     "cancel. Then its results, checkpoints, logs and all other data in the store "
                     "are removed, and it disappears from lists and counts. Its id stays taken: a "
                     "job that is submitted again under that id does not run. Safe to interrupt: "
                     "run the same command again to remove the rest.",
                 .examples = {"holdfast forget --env-file worker.env job-17 --dry-run",
                              "holdfast forget --env-file worker.env --group night-17",
                              "holdfast forget --state jobs.csv.holdfast job-17 --yes"},
                 .exit_codes = {{"0", "all are removed"},
                                {"1", "some are damaged, or did not stop in time"},
                                {"2", "usage, or not confirmed; nothing was done"},
                                {"4", "broker or store are out of reach; run it again"},
                                {"128+N", "signal N ended it; run it again"}}};
  forget.options = together(
      jobs_named(options->named),
      Options{{.name = "--wait",
               .value = duration(options->wait),
               .help = "How long to wait until running programs are stopped",
               .usual = "45s",
               .more = "Data that a worker stores after that is removed when a worker receives the "
                       "job's message, or when you run forget again. 0s does not wait."},
              {.name = "--dry-run",
               .value = flag(options->dry_run),
               .help = "Only show what would be removed"},
              {.name = "--yes", .value = flag(options->yes), .help = "Do not ask"}},
      state_option(options->state), queue_options(options->place), store_options(options->place),
      json_option(options->json, "Print one JSON object a line"));
  forget.result = [options](const Words&) -> CommandLine { return *options; };
  return forget;
}

}  // namespace holdfast
